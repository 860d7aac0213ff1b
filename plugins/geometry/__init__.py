"""Methods of the family geometry."""
