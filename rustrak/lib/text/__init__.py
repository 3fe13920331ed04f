"""Texts: what of them can be seen, and comparing them without case."""
