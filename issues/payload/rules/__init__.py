"""Fingerprint rules: read from their text, and compared with an event. Pure."""
