"""Permissions and account settings for templates."""

from __future__ import annotations

from django import template
from django.conf import settings

from accounts.access import is_project_admin
from accounts.models import Project, User

register = template.Library()


@register.filter
def administered_by(project: Project, user: User) -> bool:
    """Whether `user` may change `project`: `{% if project|administered_by:user %}`."""
    return is_project_admin(user, project)


@register.simple_tag
def sign_up_is_open() -> bool:
    """Whether anyone may create an account."""
    return bool(settings.REGISTRATION == "open")


@register.simple_tag
def mail_goes_out() -> bool:
    """Whether e-mails are sent rather than written to the server's log."""
    return bool(settings.EMAIL_BACKEND != "django.core.mail.backends.console.EmailBackend")
