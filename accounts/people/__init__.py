"""The people of the installation: their roles, and whether they have access.

changing.py  what admins and commands do to people
reading.py   lists of people, and their roles in projects
api.py       the JSON API of people
members_api.py  the JSON API of members of projects
"""

from __future__ import annotations

from accounts.people.changing import NotAllowed, deactivate, reactivate, reset_factors, set_role
from accounts.people.reading import ORDER, listed, roles_in_projects

__all__ = [
    "ORDER",
    "NotAllowed",
    "deactivate",
    "listed",
    "reactivate",
    "reset_factors",
    "roles_in_projects",
    "set_role",
]
