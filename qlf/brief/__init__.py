"""Briefs: from a file to a `Brief` with every place remembered, and back to text."""
