"""How fast networks are: images/s and memory, of several in turn on one machine."""
