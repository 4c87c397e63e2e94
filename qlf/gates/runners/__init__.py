"""Runners: each knows one tool, what its exit codes mean and how to read its report."""
