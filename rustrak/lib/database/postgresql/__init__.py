"""A backend for Django's DATABASES: PostgreSQL, with failover and connections that threads share."""
