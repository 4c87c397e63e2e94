"""Prompts: composed from texts of the factory and of overlays, and from the spec."""
