"""Inbound filters: which events a project does not want to store, and which web pages may send to it.

origins.py     allowed origins; the edge imports this module, which must not import `issues`
rules.py       a project's filters, compiled; the digest asks them about each event
event.py       what the filters look at in an event
addresses.py   addresses and networks
browsers.py    User-Agents of old browsers and of crawlers
lines.py       the settings as people type them, one pattern per line
reading.py     all that a project has decided about its events before they are stored
stored.py      the settings in the database
"""
