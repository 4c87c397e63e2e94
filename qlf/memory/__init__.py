"""What past builds left, so that the next one does only what it must."""
