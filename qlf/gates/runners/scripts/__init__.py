"""Programs that run in other environments than the factory's, each by its path."""
