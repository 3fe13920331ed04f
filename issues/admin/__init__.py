"""Django's admin for the issues app: what the tables hold, for the installation's admins.

records.py    issues, events and what came with them, monitors, sessions
alerts.py     channels, rules and deliveries
rules.py      privacy, fingerprint and ownership rules
"""

from __future__ import annotations

from issues.admin import alerts, records, rules

__all__ = ["alerts", "records", "rules"]
