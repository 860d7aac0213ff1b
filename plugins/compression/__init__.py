"""Methods that describe pictures, sounds and more by few numbers."""
