"""A sound class with a bad card."""

from zoo_method_broken.base import Sound


class Broken(Sound):
    """Has a card that cannot be used."""
