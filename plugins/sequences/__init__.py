"""Methods of the family sequences."""
