"""What the link of an invitation does: it joins its own projects, for one person, once."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects

from accounts import admins, audit, people, projects
from accounts.access import highest
from accounts.invitations.making import digest
from accounts.invitations.rights import NotAllowed, check, given
from accounts.models import Invitation, Membership, Project, User
from rustrak.lib import clock

# No secret is so long.
_LONGEST = 100
_ABOVE = {User.Role.MEMBER: 0, User.Role.AUDITOR: 1, User.Role.ADMIN: 2, User.Role.OWNER: 3}


class Gone(ValueError):
    """The link does not work, or no more, or not for this person. The message is for people. `is_unknown`: no invitation has
    this secret. `accepted_by`: the id of the person who has used it."""

    def __init__(self, message: str, *, is_unknown: bool = False, accepted_by: int | None = None) -> None:
        super().__init__(message)
        self.is_unknown, self.accepted_by = is_unknown, accepted_by


def find(secret: str) -> Invitation:
    """The invitation that the link opens, with `grants` and `invited_by`. Raises Gone."""
    found = _stored(secret).prefetch_related("grants__project").select_related("invited_by").first()
    return _checked(found)


def join(secret: str, user: User) -> Invitation:
    """Use the invitation up for an account that was made in the same transaction, which gets its role. Raises Gone."""
    return _use(secret, user, is_new=True)


def accept(secret: str, user: User) -> Invitation:
    """Use the invitation up for an account that was there before: no role of it becomes less. Raises Gone, and what
    accounts.people.set_role raises."""
    return _use(secret, user, is_new=False)


def _use(secret: str, user: User, *, is_new: bool) -> Invitation:
    with transaction.atomic():
        # Nobody becomes or ceases to be an admin meanwhile, of the installation or of one of the projects.
        admins.lock()
        locked = _stored(secret).select_for_update(no_key=True).first()
        if locked is not None:
            _lock_projects(locked)
            prefetch_related_objects([locked], "grants__project")
            locked.invited_by = User.objects.get(pk=locked.invited_by_id)
        found = _checked(locked)
        if found.email and found.email != user.email:
            raise Gone(f"This invitation is for {found.email}. You are signed in as {user.email}.")
        if is_new and found.role != user.role:
            User.objects.filter(pk=user.pk).update(role=found.role)
            user.role = found.role
        elif _ABOVE[User.Role(found.role)] > _ABOVE[User.Role(user.role)]:
            people.set_role(user, found.role, by=found.invited_by)
        grants = given(found)
        for project, role in grants.items():
            _join(user, project, role)
        found.accepted_at, found.accepted_by = clock.now(), user
        found.save(update_fields=["accepted_at", "accepted_by"])
        said = {
            "invited_by": found.invited_by.email,
            "role": found.role,
            "projects": [f"{project.name}: {role}" for project, role in grants.items()],
        }
        only = next(iter(grants)) if len(grants) == 1 else None  # an entry is in one project or in none
        audit.record(audit.Action.INVITATION_ACCEPT, user, by=user, project=only, details=said)
    return found


def _join(user: User, project: Project, role: str) -> None:
    """Make `user` a member of a project that is locked; one who is a member already keeps the higher role."""
    existing = project.memberships.filter(user=user).first()
    if existing is None:
        if project.memberships.count() >= projects.MOST_MEMBERS:
            raise Gone(f"{project.name} has {projects.MOST_MEMBERS} members, as many as a project may.")
        Membership.objects.create(user=user, project=project, role=role)
        audit.record(audit.Action.MEMBER_ADD, user, project=project, by=user, details={"role": role})
    elif highest(existing.role, role) != existing.role:
        projects.set_role(project, existing.pk, role)


def _stored(secret: str) -> QuerySet[Invitation]:
    return Invitation.objects.filter(digest=digest(secret[:_LONGEST]))


def _lock_projects(invitation: Invitation) -> None:
    ids = list(invitation.grants.values_list("project", flat=True))
    list(Project.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _checked(found: Invitation | None) -> Invitation:
    """Raises Gone unless the invitation can be used now."""
    if found is None:
        raise Gone(
            "This link is not valid. Look whether it is complete, or ask for a new one.", is_unknown=True
        )
    if found.accepted_at is not None:
        raise Gone(
            "This invitation was accepted already: its link works once, for one person.",
            accepted_by=found.accepted_by_id,
        )
    if found.revoked_at is not None:
        raise Gone("This invitation was revoked.")
    if found.expires_at <= clock.now():
        raise Gone("This invitation has expired. Ask for a new one.")
    try:
        check(found.invited_by, found.role, given(found))
    except NotAllowed:
        raise Gone(
            "This invitation is not valid any more: who sent it may no longer invite. Ask an admin."
        ) from None
    return found
