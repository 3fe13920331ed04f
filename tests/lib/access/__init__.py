"""Who may ask for what: everything that the URLs name, asked by everybody.

addresses.py  the methods of every route, with tests/data/access.txt beside it
people.py     ten kinds of people
things.py     one of each thing of Shop that an address can name
asking.py     asks, and takes back what was changed
"""
