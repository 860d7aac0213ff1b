"""Methods of the family multimodal."""
