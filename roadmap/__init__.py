"""The ConvNeXt roadmap as an experiment: one network, every step a switch."""
