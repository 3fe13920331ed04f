"""Forms of names and positions that files of code have in them."""
