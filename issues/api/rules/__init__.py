"""The API of a project's own rules."""
