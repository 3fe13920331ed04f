"""The list of an issue's stored events, with the columns that one chooses."""
