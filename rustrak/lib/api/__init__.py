"""What requests and answers of the JSON API have in common: cursors and versions."""
