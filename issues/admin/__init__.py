"""Django's admin for the issues app: what the tables hold, for the installation's admins.

read_only.py  lists of large tables, without a way to change them
records.py    issues, events and what came with them, monitors, sessions
"""

from __future__ import annotations

from issues.admin import records

__all__ = ["records"]
