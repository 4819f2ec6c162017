"""Runs and their records: identity, record, store. Knows no network and no data."""
