"""What a sweep asks for: its plan, its price, what is missing, its results."""
