"""Gates: each reads part of a tree, gives findings and a verdict."""
