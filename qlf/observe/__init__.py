"""How results are told to people."""
