"""Issues that are probably the same."""
