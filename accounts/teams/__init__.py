"""Teams: people who look after issues together.

changing.py  who sees a team, who may change it, and how
api.py       the JSON API
"""

from __future__ import annotations

from accounts.teams.changing import (
    MOST,
    MOST_MEMBERS,
    NAME_LENGTH,
    BadTeam,
    Taken,
    able,
    add_member,
    change,
    create,
    delete,
    find_person,
    leaving,
    may_change,
    may_create,
    people_for,
    remove_member,
    set_members,
    visible_to,
)

__all__ = [
    "MOST",
    "MOST_MEMBERS",
    "NAME_LENGTH",
    "BadTeam",
    "Taken",
    "able",
    "add_member",
    "change",
    "create",
    "delete",
    "find_person",
    "leaving",
    "may_change",
    "may_create",
    "people_for",
    "remove_member",
    "set_members",
    "visible_to",
]
