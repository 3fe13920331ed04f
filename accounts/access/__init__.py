"""Who may do what: designed once, asked everywhere. docs/access.md is for people, docs/decisions/0054 says why.

capabilities.py  what can be allowed
roles.py         which role allows what, and the questions: may, who_see, where_may
guards.py        the decorators of pages; accounts.credentials has those of the API
"""

from __future__ import annotations

from accounts.access.capabilities import READS, Capability, with_implied
from accounts.access.guards import (
    SAFE,
    SignedInRequest,
    installation,
    member,
    public,
    refusal,
    signed_in,
)
from accounts.access.roles import (
    highest,
    insiders,
    keep,
    may,
    may_somewhere,
    remember,
    role_in,
    take,
    visible_project,
    where_may,
    who_act,
    who_see,
    with_role,
    within_reach,
)

__all__ = [
    "READS",
    "SAFE",
    "Capability",
    "SignedInRequest",
    "highest",
    "insiders",
    "installation",
    "keep",
    "may",
    "may_somewhere",
    "member",
    "public",
    "refusal",
    "remember",
    "role_in",
    "signed_in",
    "take",
    "visible_project",
    "where_may",
    "who_act",
    "who_see",
    "with_implied",
    "with_role",
    "within_reach",
]
