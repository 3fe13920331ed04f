"""Texts: what of them can be seen, comparing them without case and with patterns."""
