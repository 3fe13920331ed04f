"""The people of the installation: their roles, and whether they have access.

changing.py  what admins and commands do to people
"""

from __future__ import annotations

from accounts.people.changing import NotAllowed, deactivate, reactivate, set_role

__all__ = ["NotAllowed", "deactivate", "reactivate", "set_role"]
