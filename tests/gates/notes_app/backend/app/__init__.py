"""Notes: people keep short notes."""
