"""What a change of sources changes in applications: in words, in the API, in controls and in files."""
