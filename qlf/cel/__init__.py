"""CEL text in, typed expressions out (cel.dev; the subset of `docs/brief.md`, section Conditions)."""
