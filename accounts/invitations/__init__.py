"""Invitations: links with which one person joins the installation, or projects of it. docs/access.md, "Invitations".

rights.py     what somebody may give with an invitation
making.py     making, renewing, revoking and listing them
accepting.py  what the link does, for a new account and for one that is there
letters.py    the mail with the link
api.py        the JSON API
"""

from __future__ import annotations

from accounts.invitations.accepting import Gone, accept, find, join
from accounts.invitations.making import (
    DAYS,
    MOST_DAYS,
    MOST_OPEN,
    MOST_PROJECTS,
    USUAL_DAYS,
    BadInvitation,
    Listed,
    create,
    link,
    listed,
    may_manage,
    renew,
    revoke,
)
from accounts.invitations.rights import NotAllowed

__all__ = [
    "DAYS",
    "MOST_DAYS",
    "MOST_OPEN",
    "MOST_PROJECTS",
    "USUAL_DAYS",
    "BadInvitation",
    "Gone",
    "Listed",
    "NotAllowed",
    "accept",
    "create",
    "find",
    "join",
    "link",
    "listed",
    "may_manage",
    "renew",
    "revoke",
]
