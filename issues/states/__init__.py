"""The states of issues: what an event changes in them, and how that is said. Pure."""
