"""Connections to the database, as Rustrak's processes need them: docs/decisions/0018-databases.md.

sqlite3/ · postgresql/   Django's backends, with what Rustrak adds
options.py    entries of Django's DATABASES · serving.py  connections of a process that serves pages
courtesy.py   writes that may be left out · priority.py  who connects first where connections are few
trouble.py    what an error means while Rustrak runs
startup.py    refuses to start, because of an error (refusal.py) or of what is found in the database (flaws.py)
"""
