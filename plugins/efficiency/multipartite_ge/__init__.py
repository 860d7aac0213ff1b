"""Multipartite graphs of pruned networks."""
