"""Makes tokens for people."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.access import Capability, within_reach
from accounts.models import ApiToken, Project, User
from accounts.tokens.text import ORGANIZATION, Form, new, prefix
from rustrak.lib import clock

#: The longest life of a token that ends, in days.
MOST_DAYS = 3650
#: A token is for this many projects at most, unless it is for all of its person's.
MOST_PROJECTS = 100
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,50}", re.ASCII)


class Refused(ValueError):
    """There can be no such token. The message is for people; `field` is what it is about."""

    field = ""


class NotVisible(Refused):
    """A token can only be for projects that its user may see."""

    field = "projects"


class BadProjects(Refused):
    """A token that is for certain projects is for some, and not for very many."""

    field = "projects"


class BadCapabilities(Refused):
    """No capability at all, an unknown one, or one that the person cannot have."""

    field = "capabilities"


class BadLife(Refused):
    """The token would end at once, or in a very long time."""

    field = "expires_in_days"


class BadOrganization(Refused):
    """The organization cannot be called so."""

    field = "organization"


def within_reach_of(user: User) -> frozenset[Capability]:
    """The capabilities that a role can give the person: what they can give a token."""
    return frozenset(each for each in Capability if within_reach(user, each))


def issue(
    user: User,
    description: str = "",
    *,
    form: Form = "plain",
    projects: Collection[Project] | None = None,
    capabilities: Collection[str] | None = None,
    days: int | None = None,
    organization: str = "",
) -> tuple[ApiToken, str]:
    """A new token and its text, of which only the hash is stored.

    `projects`: those that it gives access to, in place of all that the person sees. `capabilities`: what it may do of what the person
    may do. `days`: how long it is valid, in place of for ever. `organization` is what the configuration of the clients calls it, if that is known.
    Raises TooManyTokens and Refused.
    """
    if projects is not None:
        _check_projects(user, projects)
    if capabilities is not None:
        _check_capabilities(user, capabilities)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise BadLife(f"A token is valid for 1 to {MOST_DAYS} days, or for ever.")
    if organization and not _SLUG.fullmatch(organization):
        raise BadOrganization("The organization is a slug: at most 50 letters, digits, - or _.")
    now = clock.now()
    text = new(form, settings.PUBLIC_URL, now, organization or ORGANIZATION)
    with transaction.atomic():
        token, text = ApiToken.objects.issue(
            user,
            description,
            text=text,
            prefix=prefix(text),
            projects=projects,
            capabilities=capabilities,
            expires_at=None if days is None else now + timedelta(days=days),
        )
        _record(audit.Action.TOKEN_CREATE, token)
    return token, text


def revoke(token: ApiToken) -> None:
    """Delete a token: who has its text has no access any more."""
    with transaction.atomic():
        _record(audit.Action.TOKEN_DELETE, token)
        token.delete()


def _record(action: audit.Action, token: ApiToken) -> None:
    """Write an entry of the audit log that says whose token it is, and what it is limited to."""
    projects = list(token.projects.order_by("pk")) if token.is_for_projects else []
    details: dict[str, object] = {"of": token.user.email}
    if token.capabilities is not None:
        details["capabilities"] = token.capabilities
    if token.is_for_projects:
        details["projects"] = [project.slug for project in projects]
    if token.expires_at is not None:
        details["expires_at"] = clock.rfc3339(token.expires_at)
    audit.record(action, token, project=projects[0] if len(projects) == 1 else None, details=details)


def _check_projects(user: User, projects: Collection[Project]) -> None:
    if not 1 <= len(projects) <= MOST_PROJECTS:
        raise BadProjects(f"Choose 1 to {MOST_PROJECTS} projects, or all.")
    seen = set(
        Project.objects.visible_to(user)
        .filter(pk__in=[each.pk for each in projects])
        .values_list("pk", flat=True)
    )
    for project in projects:
        if project.pk not in seen:
            raise NotVisible(f"{user.email} is not a member of the project {project.name}.")


def _check_capabilities(user: User, capabilities: Collection[str]) -> None:
    if not capabilities:
        raise BadCapabilities("Choose at least one capability.")
    own = within_reach_of(user)
    for name in sorted(set(capabilities)):
        if name not in own:
            known = name in set(Capability)
            raise BadCapabilities(
                f"{user.email} cannot have {name} themselves, so a token cannot either."
                if known
                else f"There is no capability {str(name)[:40]!r}."
            )
