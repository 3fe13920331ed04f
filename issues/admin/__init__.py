"""Django's admin for the issues app: what the tables hold, for the installation's admins.

read_only.py  lists of large tables, without a way to change them
records.py    issues, events and what came with them, monitors, sessions
alerts.py     channels, rules and deliveries
"""

from __future__ import annotations

from issues.admin import alerts, records

__all__ = ["alerts", "records"]
