"""Methods of the family selfsupervised."""
