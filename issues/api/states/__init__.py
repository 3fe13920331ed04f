"""How the API takes and tells the states of issues: asked.py reads what a client wants, told.py says what is."""
