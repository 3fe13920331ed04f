"""What each key of the grammar means in the database: one module for each kind of condition."""
