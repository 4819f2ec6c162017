"""What knows nothing of networks: the command line, configuration, files, machine."""
