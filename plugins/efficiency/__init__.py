"""Methods that make networks smaller or cheaper, and tell why it works."""
