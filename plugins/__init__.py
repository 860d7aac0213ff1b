"""The methods of the zoo, one folder each, by family."""
