"""Methods of the family interpretability."""
