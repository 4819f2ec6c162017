"""Runs: a run's identity, its record, its lease, its execution."""
