"""A study in numbers: its runs, its table, statistics, agreement with the paper."""
