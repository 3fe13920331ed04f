"""What is known of the keys of projects: from the database, and while that does not answer."""
