"""Finds the events of one issue: the grammar of issues.query, as far as it is about an event."""
