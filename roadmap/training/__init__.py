"""The training of one run: the recipe, the engine, checkpoints and trackers."""
