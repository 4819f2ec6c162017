"""The training of one run: the recipe and the engine."""
