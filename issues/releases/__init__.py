"""The releases of a project: rows for all that were ever named, and what happened in each."""
