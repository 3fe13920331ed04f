"""Reads the stored events of issues from before the index, so that they are found by their words and people."""
