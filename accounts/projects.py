"""What people do with projects: create, rename, delete, give a new key, say who is a member."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.models import Membership, Project, User, new_sentry_key
from rustrak.lib import clock

NAME_LENGTH = 100
SLUG_LENGTH = 50
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")


class BadProject(ValueError):
    """A name or slug that cannot be one; the message says what is wrong, for people."""


class Taken(BadProject):
    """Another project has the name or the slug."""


class NoSuchUser(ValueError):
    """Nobody with this e-mail address has an account."""


class AlreadyMember(ValueError):
    """The person belongs to the project already."""


def create(name: str, slug: str | None = None, *, by: User | None = None, platform: str = "") -> Project:
    """A new project with a key of its own, of which `by` is an admin. Without `slug`, one is made from the name.

    Raises BadProject, and Taken when the name (in any case of letters) or the given slug is in use.
    """
    name = _good_name(name)
    slugs = [_good_slug(slug)] if slug else _free_slugs(name)
    for candidate in slugs:
        try:
            with transaction.atomic():
                project = Project.objects.create(name=name, slug=candidate, platform=platform)
                if by is not None:
                    Membership.objects.create(user=by, project=project, role=Membership.Role.ADMIN)
                return project
        except IntegrityError:
            if Project.objects.filter(name__iexact=name).exists():
                raise Taken("There is a project of this name already.") from None
    raise Taken("There is a project with this slug already.")


def rename(project: Project, *, name: str | None = None, slug: str | None = None) -> None:
    """Give `project` another name, slug or both; its key and id stay. Raises BadProject and Taken like `create`."""
    changes: dict[str, object] = {}
    if name is not None:
        changes["name"] = _good_name(name)
    if slug is not None:
        changes["slug"] = _good_slug(slug)
    if not changes:
        return
    try:
        with transaction.atomic():
            Project.objects.filter(pk=project.pk).update(**changes, updated_at=clock.now())
    except IntegrityError:
        raise Taken("There is a project of this name or slug already.") from None


# A project with more events than this is deleted in the background: nobody waits minutes for a page.
AT_ONCE_EVENTS = 1000


def delete(project: Project) -> None:
    """Remove `project` with everything that belongs to it. Its key stops working, its name and slug are free again.

    Of a large one the rows go in the background (issues.retention.deletion), but nobody sees it any more.
    """
    with transaction.atomic():
        # The digest holds this row while it stores: what it is at comes first, what is left finds no project.
        found = Project.objects.select_for_update().filter(pk=project.pk).first()
        if found is None:
            return
        if found.stored_event_count <= AT_ONCE_EVENTS:
            Project.objects.filter(pk=project.pk).delete()
            return
        found.memberships.all().delete()
        Project.objects.filter(pk=project.pk).update(
            name=f"deleted {project.pk} {new_sentry_key()[:8]}",
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
    """Say how much `project` may send and keep: None is the installation's default, 0 no limit. What is used up is
    counted anew with its next events; intake heeds the limits within two seconds."""
    Project.objects.filter(pk=project.pk).update(
        max_events_per_minute=max_events_per_minute,
        max_events_per_hour=max_events_per_hour,
        retain_days=retain_days,
        retain_events=retain_events,
        noisy_issue_percent=noisy_issue_percent,
        quota_exceeded_until=None,
        quota_exceeded_reason="",
        next_quota_check=0,
        updated_at=clock.now(),
    )


def rotate_key(project: Project) -> None:
    """Give `project` a new key, and so a new DSN. Intake refuses the old key within two seconds."""
    Project.objects.filter(pk=project.pk).update(sentry_key=new_sentry_key(), updated_at=clock.now())


def add_member(project: Project, email: str, role: str = Membership.Role.MEMBER) -> Membership:
    """Let the person with the account `email` into `project`. Raises NoSuchUser and AlreadyMember."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise NoSuchUser("Nobody with this e-mail address has an account here.")
    membership, made = Membership.objects.get_or_create(
        project=project, user=user, defaults={"role": Membership.Role(role)}
    )
    if not made:
        raise AlreadyMember("This person is a member already.")
    return membership


def set_role(project: Project, membership_id: int, role: str) -> None:
    """Make a member an admin of `project` or the other way round. An unknown member changes nothing."""
    project.memberships.filter(pk=membership_id).update(role=Membership.Role(role))


def remove_member(project: Project, membership_id: int) -> None:
    """Take a person out of `project`. An unknown member changes nothing."""
    project.memberships.filter(pk=membership_id).delete()


def _good_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise BadProject(f"A project's name has 1 to {NAME_LENGTH} printable characters.")
    return name


def _good_slug(slug: str) -> str:
    if len(slug) > SLUG_LENGTH or not _SLUG.fullmatch(slug):
        raise BadProject(
            f"A slug has 1 to {SLUG_LENGTH} lower-case letters, digits, - and _, and starts and ends with a letter or digit."
        )
    return slug


def _free_slugs(name: str) -> list[str]:
    """Slugs to try for `name`, best first: itself, then numbered."""
    stem = slugify(name)[: SLUG_LENGTH - 6].strip("-_") or "project"
    used = set(Project.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(used) + 3))
    return [slug for slug in [stem, *numbered] if slug not in used]
