"""Methods of the family graphs."""
