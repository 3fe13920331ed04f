"""Who may look after a project's issues, and what happens to the issues of somebody who no longer may."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.query import QuerySet
from django.db.models.signals import post_delete, post_save

from accounts.models import Membership, Project, User
from issues import lifecycle
from issues.models import Issue

# People beyond these are not listed. A project has at most 500 members.
MOST = 600
_FIELDS = {"is_active", "is_superuser"}


def candidates(project: Project) -> QuerySet[User]:
    """Those to whom issues of the project can be assigned: its members, and the installation's admins."""
    return of_any([project])


def of_any(projects: Sequence[Project]) -> QuerySet[User]:
    """Those to whom issues of at least one of the projects can be assigned."""
    members = Membership.objects.filter(project__in=projects).values("user")
    able = User.objects.filter(Q(pk__in=members) | Q(is_superuser=True), is_active=True)
    return able.order_by("email")


def find(project: Project, person: int | str) -> User:
    """The candidate with this id or e-mail address. Raises lifecycle.NotAMember."""
    which = Q(email=person.strip().lower()) if isinstance(person, str) else Q(pk=person)
    try:
        return candidates(project).get(which)
    except (User.DoesNotExist, OverflowError):
        raise lifecycle.NotAMember(_NOBODY) from None


_NOBODY = "Nobody who can see this project has this id or e-mail address."


def connect() -> None:
    """Register the receivers."""
    post_delete.connect(_left, sender=Membership, dispatch_uid="issues.member_left")
    post_save.connect(_saved, sender=User, dispatch_uid="issues.user_saved")


def _left(sender: type[Membership], instance: Membership, origin: Any = None, **more: Any) -> None:
    # A membership that goes with its project or its user leaves nothing to do.
    about = origin.model if isinstance(origin, QuerySet) else type(origin)
    if instance.user_id is not None and about is Membership:
        _release_later(instance.user_id)


def _saved(
    sender: type[User], instance: User, created: bool = False, update_fields: Collection[str] | None = None,
    **more: Any,
) -> None:  # fmt: skip
    if not created and (update_fields is None or _FIELDS & set(update_fields)):
        _release_later(instance.pk)


def _release_later(user_id: int) -> None:
    # Not in this transaction: it may have locked the project's row, which the digest locks after the project's lock.
    transaction.on_commit(partial(release, user_id), robust=True)


def release(user_id: int) -> None:
    """Take from a person the issues of projects that they do not see any more."""
    theirs = Issue.objects.filter(assignee=user_id, project__deleting_at=None)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        theirs = theirs.exclude(project__in=Project.objects.visible_to(user).values("pk"))
    lifecycle.assign(theirs, None, by=None)
