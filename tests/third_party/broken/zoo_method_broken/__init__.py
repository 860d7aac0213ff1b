"""Methods that fail, each in its own way."""
