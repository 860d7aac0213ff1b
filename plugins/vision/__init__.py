"""Methods of the family vision."""
