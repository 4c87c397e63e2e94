"""The build engine: what is stale, what makes it, and doit, which asks for it and tells."""
