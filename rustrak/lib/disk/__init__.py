"""Directories that Rustrak writes to.

private.py   that nobody else can read them
space.py     how much more they can hold
"""

from __future__ import annotations
