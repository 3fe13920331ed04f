"""Permissions and settings that templates depend on."""

from __future__ import annotations

from django import template
from django.conf import settings

from accounts import bootstrap
from accounts.access import administers
from accounts.models import Project, User

register = template.Library()


@register.filter
def administered_by(project: Project, user: User) -> bool:
    """`{% if project|administered_by:user %}`: whether the user is an admin of the project. One query for a whole page."""
    return administers(user, project)


@register.simple_tag
def sign_up_is_open() -> bool:
    """Whether anyone may create an account."""
    return bootstrap.registration_is_open()


@register.simple_tag
def setup_is_open() -> bool:
    """Whether there is no admin yet."""
    return not bootstrap.admin_exists()


@register.simple_tag
def admin_is_configured() -> bool:
    """Whether CREATE_SUPERUSER is set, so that there is no set-up link."""
    return bool(settings.CREATE_SUPERUSER)


@register.simple_tag
def mail_goes_out() -> bool:
    """Whether e-mail is sent, instead of only being written to the server's log."""
    return bool(settings.EMAIL_BACKEND != "django.core.mail.backends.console.EmailBackend")
