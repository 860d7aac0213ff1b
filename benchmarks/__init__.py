"""Measurements that anyone can repeat: ``zoo bench NAME`` runs one."""
