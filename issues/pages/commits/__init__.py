"""Commits on pages: those that an event may come from, those of a release, and the repositories that they are in."""
