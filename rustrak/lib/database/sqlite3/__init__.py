"""A backend for Django's DATABASES: SQLite, in a file that several processes share."""
