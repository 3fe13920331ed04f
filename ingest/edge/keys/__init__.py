"""What is known of the keys of projects while the database does not answer."""
