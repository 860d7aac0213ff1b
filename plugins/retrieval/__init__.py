"""Finding what is like, and what goes with what."""
