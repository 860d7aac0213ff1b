"""Prints on import, as debugging left behind does."""

from zoo_method_broken.base import Sound

print("loading the chatty plugin")


class Chatty(Sound):
    """Works, but talks."""
