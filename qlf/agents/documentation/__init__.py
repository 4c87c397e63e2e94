"""The documentation agent: README, API guide, data model and operations guide."""
