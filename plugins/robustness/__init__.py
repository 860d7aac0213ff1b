"""Methods of the family robustness."""
