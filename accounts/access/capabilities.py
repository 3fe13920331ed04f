"""What a person or a token can be allowed to do. Pure. The names are those of Sentry's scopes where it has one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Capability(StrEnum):
    """One thing that can be allowed. docs/access.md says which role has which."""

    ORG_READ = "org:read"
    ORG_WRITE = "org:write"
    AUDIT_READ = "audit:read"
    MEMBER_READ = "member:read"
    MEMBER_WRITE = "member:write"
    TEAM_READ = "team:read"
    TEAM_WRITE = "team:write"
    PROJECT_READ = "project:read"
    PROJECT_CREATE = "project:create"
    PROJECT_WRITE = "project:write"
    PROJECT_ADMIN = "project:admin"
    PROJECT_RELEASES = "project:releases"
    EVENT_READ = "event:read"
    EVENT_WRITE = "event:write"
    EVENT_ADMIN = "event:admin"
    ALERTS_READ = "alerts:read"
    ALERTS_WRITE = "alerts:write"
    PROFILE_WRITE = "profile:write"


_C = Capability

EVERYTHING = frozenset(Capability)
#: What reads and changes nothing.
READS = frozenset(
    {_C.ORG_READ, _C.AUDIT_READ, _C.MEMBER_READ, _C.TEAM_READ, _C.PROJECT_READ, _C.EVENT_READ, _C.ALERTS_READ}
)

_IMPLIED: Mapping[Capability, Capability] = {
    _C.ORG_WRITE: _C.ORG_READ,
    _C.MEMBER_WRITE: _C.MEMBER_READ,
    _C.TEAM_WRITE: _C.TEAM_READ,
    _C.PROJECT_ADMIN: _C.PROJECT_WRITE,
    _C.PROJECT_WRITE: _C.PROJECT_READ,
    _C.PROJECT_RELEASES: _C.PROJECT_READ,
    _C.EVENT_ADMIN: _C.EVENT_WRITE,
    _C.EVENT_WRITE: _C.EVENT_READ,
    _C.ALERTS_WRITE: _C.ALERTS_READ,
}


def with_implied(named: Iterable[str]) -> frozenset[Capability]:
    """These capabilities, and those that each of them includes. Unknown names give nothing."""
    found: set[Capability] = set()
    for name in named:
        each = Capability(name) if name in EVERYTHING else None
        while each is not None and each not in found:
            found.add(each)
            each = _IMPLIED.get(each)
    return frozenset(found)
