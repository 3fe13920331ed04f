"""Connections to the database, as Rustrak's processes need them: docs/decisions/0018-databases.md.

sqlite3/ · postgresql/   Django's backends, with what Rustrak adds
options.py               entries of Django's DATABASES · serving.py  connections of a process that serves pages
trouble.py               what an error of the database means · refusal.py  why Rustrak cannot start with a database
"""
