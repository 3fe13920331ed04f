"""Inbound filters: what a project does not want to keep, and who may send to it from a web page.

origins.py    allowed origins; the edge imports this module alone, as the rules read events with issues.record
rules.py      the rules, which the digest asks for; pure
globs.py      patterns · addresses.py  networks · browsers.py  User-Agents · event.py  what rules look at
lines.py      the texts of the settings
stored.py     the rows
"""

from __future__ import annotations

from ingest.filters.lines import BadLines, clean
from ingest.filters.origins import origin_allowed
from ingest.filters.rules import Filters
from ingest.filters.stored import load

__all__ = ["BadLines", "Filters", "clean", "load", "origin_allowed"]
