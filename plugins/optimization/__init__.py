"""Methods on optimization and learning to learn."""
