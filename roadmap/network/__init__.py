"""The network of the roadmap: designs, the one class that builds them, the steps."""
