"""Overlays: from their files to values, and from the names of a brief to those that take part."""
