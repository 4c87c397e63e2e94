"""The passes of the compiler, one in each file."""
