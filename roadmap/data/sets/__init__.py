"""Where images come from: a module for each data set or family of them."""
