"""Makes tokens for people."""

from __future__ import annotations

import re

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import ApiToken, Project, User
from accounts.tokens.text import ORGANIZATION, Form, new, prefix
from rustrak.lib import clock


class NotVisible(ValueError):
    """A token can only be for a project that its user may see. The message is for people."""


class BadOrganization(ValueError):
    """The organization cannot be called so. The message is for people."""


_SLUG = re.compile(r"[A-Za-z0-9_-]{1,50}", re.ASCII)


def issue(
    user: User,
    description: str = "",
    *,
    form: Form = "plain",
    project: Project | None = None,
    organization: str = "",
) -> tuple[ApiToken, str]:
    """A new token and its text, of which only the hash is stored. With `project` it gives access to that one only.
    `organization` is what the configuration of the clients calls it, if that is known.

    Raises TooManyTokens and NotVisible, and BadOrganization.
    """
    if project is not None and not Project.objects.visible_to(user).filter(pk=project.pk).exists():
        raise NotVisible(f"{user.email} is not a member of the project {project.name}.")
    if organization and not _SLUG.fullmatch(organization):
        raise BadOrganization("The organization is a slug: at most 50 letters, digits, - or _.")
    text = new(form, settings.PUBLIC_URL, clock.now(), organization or ORGANIZATION)
    with transaction.atomic():
        token, text = ApiToken.objects.issue(
            user, description, text=text, prefix=prefix(text), project=project
        )
        audit.record(audit.Action.TOKEN_CREATE, token, project=project, details={"of": user.email})
    return token, text


def revoke(token: ApiToken) -> None:
    """Delete a token: who has its text has no access any more."""
    with transaction.atomic():
        audit.record(
            audit.Action.TOKEN_DELETE, token, project=token.project, details={"of": token.user.email}
        )
        token.delete()
