"""Teams: people who look after issues together.

changing.py  who sees a team, who may change it, and how
project_roles.py  the roles of teams in projects
api.py       the JSON API of teams
projects_api.py  the JSON API of their roles in projects
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
    changeable_by,
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
from accounts.teams.project_roles import MOST_IN_PROJECT, addable, give, of_project, seen_by, take

__all__ = [
    "MOST",
    "MOST_IN_PROJECT",
    "MOST_MEMBERS",
    "NAME_LENGTH",
    "BadTeam",
    "Taken",
    "able",
    "add_member",
    "addable",
    "change",
    "changeable_by",
    "create",
    "delete",
    "find_person",
    "give",
    "leaving",
    "may_change",
    "may_create",
    "of_project",
    "people_for",
    "remove_member",
    "seen_by",
    "set_members",
    "take",
    "visible_to",
]
