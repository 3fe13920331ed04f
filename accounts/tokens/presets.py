"""What people choose when they make a token: sets of capabilities, and what each capability means."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from accounts.access import READS, Capability

_C = Capability

#: Uploads and releases, by Sentry's upload clients; they ask what the organization is.
UPLOADS = frozenset({_C.ORG_READ, _C.PROJECT_RELEASES})
#: By name. None: everything that the person may do, now and later.
PRESETS: Mapping[str, frozenset[Capability] | None] = {
    "everything": None,
    "read": READS,
    "uploads": UPLOADS,
}

#: What a token with the capability can do, as the page of tokens says it.
MEANINGS: Mapping[Capability, str] = {
    _C.EVENT_READ: "Read issues, events, feedback, monitors and attachments",
    _C.EVENT_WRITE: "Resolve, mute, assign, merge and comment",
    _C.EVENT_ADMIN: "Delete issues and feedback",
    _C.PROJECT_READ: "Read projects, their settings and releases, and what arrived",
    _C.PROJECT_WRITE: "Mute monitors, and set code mappings",
    _C.PROJECT_RELEASES: "Create releases and deploys, and upload files",
    _C.PROJECT_ADMIN: "Change settings and keys of projects, and delete projects",
    _C.PROJECT_CREATE: "Create projects",
    _C.ALERTS_READ: "Read alert rules, and what was sent",
    _C.ALERTS_WRITE: "Change alert rules and channels",
    _C.MEMBER_READ: "See people",
    _C.MEMBER_WRITE: "Add and remove people, and change their roles",
    _C.TEAM_READ: "See teams",
    _C.TEAM_WRITE: "Create and change teams",
    _C.PROFILE_WRITE: "Change saved searches, watched issues and mail of your own",
    _C.ORG_READ: "Read the description of the API, and of the organization for Sentry’s clients",
    _C.ORG_WRITE: "Change what all projects share, such as privacy rules",
    _C.AUDIT_READ: "Read the audit log and the metrics",
}


def words(capabilities: Collection[str] | None) -> str:
    """What pages call these capabilities of a token: a preset, or their names."""
    if capabilities is None:
        return "everything that you may do"
    named = set(capabilities)
    if READS - {_C.AUDIT_READ} <= named <= READS:
        return "reading"
    return "uploads and releases" if named == UPLOADS else ", ".join(sorted(named))


def allowed(preset: frozenset[Capability] | None, own: frozenset[Capability]) -> frozenset[Capability] | None:
    """The preset without what a person, who can have `own` at most, cannot do."""
    return None if preset is None else preset & own
