"""Django's admin for people and what belongs to them, for the installation's admins.

read_only.py  lists of large tables, without a way to change them
changed.py    users, projects, teams and API tokens, as far as they may be changed there
shown.py      the audit log, keys of projects and people's accounts at a provider: all read-only
"""

from __future__ import annotations

from accounts.admin import changed, shown

__all__ = ["changed", "shown"]
