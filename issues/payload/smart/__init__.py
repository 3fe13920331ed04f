"""The smart grouping key. Pure."""
