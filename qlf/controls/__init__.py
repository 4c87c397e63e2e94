"""Controls: from `rules/controls` to catalogues, and which of them an application is under."""
