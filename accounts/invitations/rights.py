"""What somebody may give to others: never more than they have. Asked when an invitation is made, and again when it is used."""

from __future__ import annotations

from collections.abc import Mapping

from accounts import admins
from accounts.access import Capability, may
from accounts.models import Invitation, Project, User


class NotAllowed(ValueError):
    """They may not give this role or invite to this project. The message is for people."""


def check(by: User, role: str, grants: Mapping[Project, str]) -> None:
    """Raises NotAllowed unless `by` may give the role in the installation, and in each project the role there.

    The role `member` needs no right of its own where there is a project: whoever runs one may bring people in.
    """
    everywhere = may(by, Capability.MEMBER_WRITE)
    if not everywhere and (role != User.Role.MEMBER or not grants):
        raise NotAllowed("Only admins of the installation may give that role.")
    if role != User.Role.MEMBER and not admins.may_change(by, User.Role.MEMBER, role):
        raise NotAllowed("Only an owner may make somebody an owner.")
    for project in grants:
        if project.deleting_at is not None or not may(by, Capability.MEMBER_WRITE, project):
            raise NotAllowed(f"Only admins of {project.name} may invite to it.")


def holds(invitation: Invitation, by: User | None = None) -> bool:
    """Whether who invited still may give all this; `by`: whether this person may."""
    by = by or invitation.invited_by
    try:
        check(by, invitation.role, given(invitation))
    except NotAllowed:
        return False
    return True


def given(invitation: Invitation) -> dict[Project, str]:
    """The projects of an invitation and the role in each, by name. No query if `grants` was prefetched with its projects."""
    grants = sorted(invitation.grants.all(), key=lambda grant: (grant.project.name_folded, grant.pk))
    return {grant.project: grant.role for grant in grants}
