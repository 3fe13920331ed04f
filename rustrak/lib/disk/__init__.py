"""Directories that Rustrak writes to, and files in them.

bodies.py    bodies of requests that are too large for memory
marker.py    a file by which one process wakes another
private.py   that nobody else can read them
space.py     how much more they can hold
"""

from __future__ import annotations
