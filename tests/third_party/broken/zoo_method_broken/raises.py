"""Raises on import, naming a folder of the machine."""

raise RuntimeError("the stars are not right in /var/lib/secret/stars.txt\nsecond line")
