"""Declarations of entities, their fields and rules, as briefs and overlays write them."""
