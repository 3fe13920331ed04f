"""What people can do with projects: create, rename and delete them, change limits and members."""

from __future__ import annotations

import re
from collections.abc import Collection

from anyascii import anyascii
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal
from django.utils.text import slugify

from accounts import audit
from accounts.models import (
    FIRST_KEY,
    FormerSlug,
    GroupingMechanism,
    Membership,
    Project,
    ProjectKey,
    User,
    new_sentry_key,
)
from rustrak.lib import clock
from rustrak.lib.text.folding import fold
from rustrak.lib.text.visible_text import has_text

NAME_LENGTH = 100
SLUG_LENGTH = 50
MOST_MEMBERS = 500
#: The largest limits that a project can have.
MOST_EVENTS, MOST_DAYS = 2**31 - 1, 36_500
# The latest former slugs of a project are kept.
MOST_FORMER = 50
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")


#: Sent with `user_id` after the role of a member who has an account has changed.
role_changed = Signal()


class BadProject(ValueError):
    """The name or slug is not allowed. The message is for people."""


class Taken(BadProject):
    """Another project already has the name or the slug."""


class TooManyProjects(BadProject):
    """The user has created as many projects as MAX_PROJECTS_PER_USER allows."""


class AlreadyMember(ValueError):
    """The person is already a member of the project."""


class TooManyMembers(ValueError):
    """The project has MOST_MEMBERS members."""


class LastProjectAdmin(ValueError):
    """The project would be left without an admin. The message is for people."""


def create(
    name: str,
    slug: str | None = None,
    *,
    by: User | None = None,
    platform: str = "",
    grouping: GroupingMechanism = GroupingMechanism.CLASSIC,
) -> Project:
    """Create a project with a new key and with `by` as its admin. Without a `slug`, one is derived from the name.

    Raises BadProject: Taken when the name (in any case of letters) or the given slug is in use, TooManyProjects when
    `by` is not an admin of the installation and has created as many as MAX_PROJECTS_PER_USER.
    """
    name = checked_name(name)
    slugs = [checked_slug(slug)] if slug else _free_slugs(name)
    for candidate in slugs:
        try:
            with transaction.atomic():
                _check_number(by)
                FormerSlug.objects.filter(slug=candidate).delete()
                project = Project.objects.create(
                    name=name, slug=candidate, platform=platform, grouping=grouping, created_by=by
                )
                ProjectKey.objects.create(project=project, name=FIRST_KEY, key=project.sentry_key)
                if by is not None:
                    Membership.objects.create(user=by, project=project, role=Membership.Role.ADMIN)
                audit.record(audit.Action.PROJECT_CREATE, project, by=by, details={"slug": candidate})
                return project
        except IntegrityError:
            if Project.objects.filter(name_folded=fold(name)).exists():
                raise Taken("A project with this name already exists.") from None
    raise Taken("A project with this slug already exists.")


def rename(project: Project, *, name: str | None = None, slug: str | None = None) -> None:
    """Change the name or the slug of `project`, or both; its key and id stay. Raises BadProject and Taken.

    Links with the old slug keep working. If another project had the new one before, its old links come here now.
    """
    changes: dict[str, object] = {}
    if name is not None:
        changes["name"] = name = checked_name(name)
        changes["name_folded"] = fold(name)
    if slug is not None:
        changes["slug"] = checked_slug(slug)
    if not changes:
        return
    try:
        with transaction.atomic():
            stored = Project.objects.select_for_update().filter(pk=project.pk)
            before = stored.first()
            former = before.slug if before is not None else None
            if slug is not None and former is not None and former != slug:
                FormerSlug.objects.filter(slug=slug).delete()
                FormerSlug.objects.create(slug=former, project=project)
                kept = FormerSlug.objects.filter(project=project).order_by("-pk")
                FormerSlug.objects.filter(
                    pk__in=list(kept.values_list("pk", flat=True)[MOST_FORMER:])
                ).delete()
            Project.objects.filter(pk=project.pk).update(**changes, updated_at=clock.now())
            known = {"name": before.name, "slug": before.slug} if before is not None else {}
            said = audit.changes(known, {key: changes[key] for key in known if key in changes})
            if said:
                audit.record(audit.Action.PROJECT_CHANGE, project, details=said)
    except IntegrityError:
        raise Taken("A project with this name or slug already exists.") from None


# A project with more events is deleted in the background, as that may take minutes.
AT_ONCE_EVENTS = 1000


def delete(project: Project) -> None:
    """Delete `project` with everything in it. Its keys stop working; its name and slug can be used again.

    The rows of a large project are deleted in the background (issues.retention.deletion); nobody sees it any more.
    """
    with transaction.atomic():
        # The digest locks this row while it stores: events being stored finish first, later ones find no project.
        found = Project.objects.select_for_update().filter(pk=project.pk).first()
        if found is None or found.deleting_at is not None:
            return
        audit.record(
            audit.Action.PROJECT_DELETE,
            found,
            details={"slug": found.slug, "events": found.stored_event_count},
        )
        if found.stored_event_count <= AT_ONCE_EVENTS:
            Project.objects.filter(pk=project.pk).delete()
            return
        found.memberships.all().delete()
        found.keys.all().delete()
        name = f"deleted {project.pk} {new_sentry_key()[:8]}"
        found.former_slugs.all().delete()
        Project.objects.filter(pk=project.pk).update(
            name=name,
            name_folded=fold(name),
            slug=f"deleted-{project.pk}-{new_sentry_key()[:8]}",
            sentry_key=new_sentry_key(),
            deleting_at=clock.now(),
        )


def set_limits(
    project: Project,
    *,
    max_events_per_minute: int | None,
    max_events_per_hour: int | None,
    retain_days: int | None,
    retain_events: int | None,
    noisy_issue_percent: int,
) -> None:
    """Set how many events `project` may send and keep. None: the installation's setting; 0: no limit.

    The edge applies the new limits within two seconds; usage is counted again with the project's next events.
    """
    limits = {
        "max_events_per_minute": max_events_per_minute,
        "max_events_per_hour": max_events_per_hour,
        "retain_days": retain_days,
        "retain_events": retain_events,
        "noisy_issue_percent": noisy_issue_percent,
    }
    with transaction.atomic():
        stored = Project.objects.select_for_update(no_key=True).filter(pk=project.pk)
        before = stored.values(*limits).first() or {}
        stored.update(
            **limits,
            quota_exceeded_until=None,
            quota_exceeded_reason="",
            next_quota_check=0,
            updated_at=clock.now(),
        )
        if said := audit.changes(before, limits):
            audit.record(audit.Action.PROJECT_LIMITS, project, details=said)


def add_member(project: Project, email: str, role: str = Membership.Role.MEMBER) -> Membership:
    """Make the person with the address `email` a member of `project`. Raises AlreadyMember and TooManyMembers.

    The membership of an address without an account waits for it (`join_awaited`). Whoever adds it is not told which.
    """
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    with transaction.atomic():
        # So that many at once do not pass the limit, and the same address is not added twice.
        Project.objects.select_for_update().get(pk=project.pk)
        if project.memberships.filter(_person(email, user)).exists():
            raise AlreadyMember("This person is already a member.")
        if project.memberships.count() >= MOST_MEMBERS:
            raise TooManyMembers(f"A project has at most {MOST_MEMBERS} members.")
        added = Membership.objects.create(project=project, user=user, email=email, role=Membership.Role(role))
        audit.record(audit.Action.MEMBER_ADD, name=email, project=project, details={"role": added.role})
        return added


def join_awaited(user: User) -> None:
    """Give `user` the memberships that wait for its address, which must be known to be theirs."""
    awaited = Membership.objects.filter(user=None, email=user.email)
    awaited.exclude(project__memberships__user=user).update(user=user)
    awaited.delete()  # of projects that the user has joined otherwise


def set_role(project: Project, membership_id: int, role: str) -> None:
    """Change a member's role in `project`. Does nothing for an unknown membership. Raises LastProjectAdmin."""
    role = Membership.Role(role).value
    with transaction.atomic():
        if role != Membership.Role.ADMIN:
            check_admin_left(project, [membership_id])
        for found in project.memberships.select_related("user").filter(pk=membership_id).exclude(role=role):
            project.memberships.filter(pk=found.pk).update(role=role)
            said = audit.changes({"role": found.role}, {"role": role})
            audit.record(
                audit.Action.MEMBER_ROLE, found.user, name=found.address, project=project, details=said
            )
            if found.user_id is not None:
                role_changed.send(sender=Membership, user_id=found.user_id)


def remove_member(project: Project, membership_id: int) -> None:
    """Remove a member from `project`. Does nothing for an unknown membership. Raises LastProjectAdmin."""
    with transaction.atomic():
        check_admin_left(project, [membership_id])
        for found in project.memberships.select_related("user").filter(pk=membership_id):
            found.delete()
            audit.record(
                audit.Action.MEMBER_REMOVE,
                found.user,
                name=found.address,
                project=project,
                details={"role": found.role},
            )


def check_admin_left(project: Project, leaving: Collection[int], coming: bool = False) -> None:
    """Lock `project`, and raise LastProjectAdmin if it has an admin and would have none without the memberships `leaving`.

    Members without an account, or with one that is not active or an auditor's, do not count. `coming`: another admin is added.
    """
    Project.objects.select_for_update().filter(
        pk=project.pk
    ).first()  # so that two cannot leave at the same time
    acting = _acting_admins().filter(project=project)
    last = acting.filter(pk__in=leaving).select_related("user").first()
    if last is not None and not coming and not acting.exclude(pk__in=leaving).exists():
        raise LastProjectAdmin(
            f"{last.address} is the only admin of {project.name}. Make another member an admin first."
        )


def check_not_missed(user: User) -> None:
    """Raises LastProjectAdmin if a project would have no admin without this one."""
    own = _acting_admins().filter(user=user, project__deleting_at=None)
    for project in Project.objects.filter(pk__in=own.values("project")).order_by("pk"):
        check_admin_left(project, list(own.filter(project=project).values_list("pk", flat=True)))


def only_administered_by(users: Collection[int]) -> list[Project]:
    """The first 20 projects by name whose only admins are among `users`."""
    admin = _acting_admins()
    theirs = admin.filter(user__in=users).values("project")
    others = admin.exclude(user__in=users).values("project")
    found = Project.objects.filter(pk__in=theirs, deleting_at=None).exclude(pk__in=others)
    return list(found.by_name()[:20])


def _acting_admins() -> QuerySet[Membership]:
    """The memberships of admins of projects who can act as such: an auditor's roles in projects give nothing."""
    admin = Membership.objects.filter(role=Membership.Role.ADMIN, user__is_active=True)
    return admin.exclude(user__role=User.Role.AUDITOR)


def _person(email: str, user: User | None) -> Q:
    return Q(email=email) if user is None else Q(email=email) | Q(user=user)


def _check_number(user: User | None) -> None:
    """Raises TooManyProjects. Locks the user until the end of the transaction, so that many at once count one by one."""
    most = settings.MAX_PROJECTS_PER_USER
    if user is None or user.is_admin or not most:
        return
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Project.objects.filter(created_by=user).count() >= most:
        raise TooManyProjects(
            f"You have created {most} projects, as many as one person may. Delete one that you no longer need, "
            "or ask an admin of this installation."
        )


def checked_name(name: str) -> str:
    """The name with single blanks. Raises BadProject."""
    name = " ".join(name.split())
    if len(name) > NAME_LENGTH or not name.isprintable() or not has_text(name):
        raise BadProject(f"The name must have 1 to {NAME_LENGTH} printable characters.")
    return name


def checked_slug(slug: str) -> str:
    """The slug itself. Raises BadProject."""
    if len(slug) > SLUG_LENGTH or not _SLUG.fullmatch(slug):
        raise BadProject(
            f"The slug must have 1 to {SLUG_LENGTH} lower-case letters, digits, - or _, and start and end with a letter or digit."
        )
    return slug


def slug_stem(name: str) -> str:
    """What a slug for `name` begins with; empty if no letter or digit of it can be in one."""
    # Other scripts become Latin letters, which URLs and issue ids can be typed in: магазин is magazin.
    return slugify(anyascii(name))[: SLUG_LENGTH - 6].strip("-_")


def _free_slugs(name: str) -> list[str]:
    """Slugs to try for `name`, best first: without a number, then with 2, 3 and so on."""
    stem = slug_stem(name) or "project"
    used = {
        slug
        for model in (Project, FormerSlug)  # a former slug still leads to its project
        for slug in model._default_manager.filter(slug__startswith=stem).values_list("slug", flat=True)
    }
    numbered = (f"{stem}-{number}" for number in range(2, len(used) + 3))
    return [slug for slug in [stem, *numbered] if slug not in used]
