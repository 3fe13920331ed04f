"""The audit log: who changed what, from where, and when.

actions.py  the kinds of changes, and how pages call them
acting.py   who acts: the request's person or token, a command, or Rustrak itself
writing.py  `record`, which every change of settings, people and access calls in its transaction
reading.py  the entries that a person asked for
export.py   the entries as CSV
in_admin.py what Django's admin changes
api.py      the JSON API
"""

from __future__ import annotations

from accounts.audit.acting import by_command
from accounts.audit.actions import Action
from accounts.audit.writing import changes, record

__all__ = ["Action", "by_command", "changes", "record"]
