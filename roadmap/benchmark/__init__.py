"""Figures of speed beside timm's: a script that prints, never a test that times."""
