"""Frozen values that cross a seam. Nothing here does I/O."""
