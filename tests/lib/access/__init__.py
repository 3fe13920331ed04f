"""The access matrix: who asks what with which credentials, and what must come of it.

addresses.py  the methods of every route, with tests/data/access.txt beside it
people.py     ten kinds of people
things.py     one of each thing of Shop that an address can name
expected.py   what the answer must be, from the page docs/access.md and not from the code
asking.py     asks, and takes back what was changed
"""
