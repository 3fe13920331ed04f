"""A project's own grouping rules: their versions, and what they would change."""
