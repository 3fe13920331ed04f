"""Who may do what, asked by a template."""

from __future__ import annotations

from django import template
from django.conf import settings

from accounts.access import is_project_admin
from accounts.models import Project, User

register = template.Library()


@register.filter
def administered_by(project: Project, user: User) -> bool:
    """`{% if project|administered_by:user %}`"""
    return is_project_admin(user, project)


@register.simple_tag
def sign_up_is_open() -> bool:
    """Whether strangers may make themselves an account."""
    return bool(settings.REGISTRATION == "open")


@register.simple_tag
def mail_goes_out() -> bool:
    """Whether mails are sent, not just written to the server's log."""
    return bool(settings.EMAIL_BACKEND != "django.core.mail.backends.console.EmailBackend")
