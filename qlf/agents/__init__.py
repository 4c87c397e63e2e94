"""The writers of the application. They are strangers to each other."""
