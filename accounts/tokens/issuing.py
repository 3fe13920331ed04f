"""Makes tokens for people."""

from __future__ import annotations

from django.conf import settings

from accounts.models import ApiToken, Project, User
from accounts.tokens.text import Form, new, prefix
from rustrak.lib import clock


class NotVisible(ValueError):
    """A token can only be for a project that its user may see. The message is for people."""


def issue(
    user: User, description: str = "", *, form: Form = "plain", project: Project | None = None
) -> tuple[ApiToken, str]:
    """A new token and its text, of which only the hash is stored. With `project` it gives access to that one only.

    Raises TooManyTokens and NotVisible.
    """
    if project is not None and not Project.objects.visible_to(user).filter(pk=project.pk).exists():
        raise NotVisible(f"{user.email} is not a member of the project {project.name}.")
    text = new(form, settings.PUBLIC_URL, clock.now())
    return ApiToken.objects.issue(user, description, text=text, prefix=prefix(text), project=project)
