"""Actions on one or many issues: their forms, what was done, progress, and undoing."""
