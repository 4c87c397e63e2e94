"""Evidence: what the gates said, brought together by controls, for people and for other programs."""
