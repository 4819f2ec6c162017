"""A study in pictures: figures 1 and 2, curves, fidelity against cost."""
