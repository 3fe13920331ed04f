"""Makes, renews, revokes and lists invitations. The secret of a link is returned once; only its hash is stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from accounts import admins, audit
from accounts.invitations import letters
from accounts.invitations.rights import check, given, holds
from accounts.models import Invitation, InvitedTo, Membership, Project, User
from accounts.sign_in import attempts, limits
from rustrak.lib import clock

#: For how many days a link can be valid, as pages offer it; the usual number; the most that the API takes.
DAYS = (1, 7, 30)
USUAL_DAYS, MOST_DAYS = 7, 90
#: The most open invitations of one person, and projects of one invitation.
MOST_OPEN, MOST_PROJECTS = 100, 50
# What can no longer be used is listed so long.
KEPT = timedelta(days=30)
# The longest list.
MOST_LISTED = 200


class BadInvitation(ValueError):
    """It cannot be made or renewed. The message is for people."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An invitation in a list. `state`: open, accepted, revoked, expired, or void: who invited may not do so any more."""

    invitation: Invitation
    grants: dict[Project, str]
    state: str
    may_manage: bool

    @property
    def is_renewable(self) -> bool:
        return self.may_manage and self.state != "accepted"

    @property
    def is_revocable(self) -> bool:
        return self.may_manage and self.state in ("open", "void")


def create(
    by: User,
    *,
    email: str = "",
    role: str = User.Role.MEMBER,
    grants: Mapping[Project, str] | None = None,
    days: int = USUAL_DAYS,
) -> tuple[Invitation, str]:
    """A new invitation, and the secret of its link. With an address only its account may use it, and the link is mailed there.

    Raises NotAllowed, BadInvitation, and problems.TooMany for too many within an hour.
    """
    role, grants = User.Role(role).value, dict(grants or {})
    if len(grants) > MOST_PROJECTS:
        raise BadInvitation(f"An invitation is for at most {MOST_PROJECTS} projects.")
    check(by, role, grants)
    now = clock.now()
    attempts.reserve(limits.inviting(by.pk), now)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        _check_number(by, now)
        Invitation.objects.filter(_over(now - KEPT)).delete()
        made = Invitation.objects.create(
            digest=digest(secret),
            email=email.strip().lower(),
            role=role,
            invited_by=by,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        InvitedTo.objects.bulk_create(
            InvitedTo(invitation=made, project=project, role=Membership.Role(given_role))
            for project, given_role in grants.items()
        )
        _record(audit.Action.INVITATION_CREATE, made, grants, by)
        letters.send(made, link(secret), grants)
    return made, secret


def renew(invitation: Invitation, by: User, days: int = USUAL_DAYS) -> str:
    """The secret of a new link, valid from now on. The former one ends, and `by` is who invites. Raises as `create`."""
    grants = given(invitation)
    check(by, invitation.role, grants)
    now = clock.now()
    attempts.reserve(limits.inviting(by.pk), now)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        stored = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
        if stored.accepted_at is not None:
            raise BadInvitation("This invitation was accepted. Make another one.")
        _check_number(by, now, besides=stored.pk)
        stored.digest, stored.invited_by, stored.revoked_at = digest(secret), by, None
        stored.expires_at = now + timedelta(days=days)
        stored.save(update_fields=["digest", "invited_by", "revoked_at", "expires_at"])
        _record(audit.Action.INVITATION_RENEW, stored, grants, by)
        letters.send(stored, link(secret), grants)
    return secret


def revoke(invitation: Invitation) -> bool:
    """End an invitation. False: it was accepted, or had been revoked."""
    with transaction.atomic():
        stored = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if not stored.update(revoked_at=clock.now()):
            return False
        _record(audit.Action.INVITATION_REVOKE, invitation, given(invitation))
        return True


def may_manage(by: User, invitation: Invitation) -> bool:
    """Whether `by` may renew or revoke it: who could have made it."""
    return by.is_active and holds(invitation, by)


def listed(by: User, projects: Iterable[Project] | None = None) -> list[Listed]:
    """The invitations to at least one of the projects, or all of the installation: open ones first, the newest first, and others for
    a while."""
    rows: QuerySet[Invitation] = Invitation.objects.exclude(_over(clock.now() - KEPT)).order_by(
        F("accepted_at").asc(nulls_first=True), F("revoked_at").asc(nulls_first=True), "-id"
    )
    if projects is not None:
        rows = rows.filter(pk__in=InvitedTo.objects.filter(project__in=projects).values("invitation"))
    people: dict[int, User] = {by.pk: by}
    found = []
    for row in rows.select_related("invited_by", "accepted_by").prefetch_related("grants__project")[
        :MOST_LISTED
    ]:
        # One object for each person: it remembers their roles.
        row.invited_by = people.setdefault(row.invited_by_id, row.invited_by)
        found.append(Listed(row, given(row), _state(row), may_manage(by, row)))
    return found


def link(secret: str) -> str:
    """The address that the invited person opens, of PUBLIC_URL."""
    path = reverse("invitation", args=[secret])
    prefix = reverse("home").rstrip("/")
    return f"{settings.PUBLIC_URL}{path.removeprefix(prefix)}"


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _state(invitation: Invitation) -> str:
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    if invitation.expires_at <= clock.now():
        return "expired"
    return "open" if holds(invitation) else "void"


def _over(since: datetime) -> Q:
    """What could not be used any more at that time."""
    return Q(accepted_at__lt=since) | Q(revoked_at__lt=since) | Q(expires_at__lt=since)


def _check_number(by: User, now: datetime, besides: int = 0) -> None:
    """Raises BadInvitation. Locks the person, so that many at once count one by one."""
    admins.lock()
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    still_open = by.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
    if still_open.exclude(pk=besides).count() >= MOST_OPEN:
        raise BadInvitation(
            f"You have {MOST_OPEN} open invitations, as many as one person may. Revoke one first."
        )


def _record(
    action: audit.Action, invitation: Invitation, grants: Mapping[Project, str], by: User | None = None
) -> None:
    # The entry of an invitation to one project is in that project.
    only = next(iter(grants)) if len(grants) == 1 else None
    said = {"role": invitation.role, "projects": [f"{one.name}: {role}" for one, role in grants.items()]}
    audit.record(
        action, invitation, name=invitation.email or "whoever has the link", project=only, by=by, details=said
    )
