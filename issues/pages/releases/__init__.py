"""The releases of a project: their list, one of them, and the form that records a deploy."""
