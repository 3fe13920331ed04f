"""Which events belong together, in the API."""
