"""Policies: from `rules/policies` to values, and from these to what the gate evaluates."""
