"""Permissions and settings that templates depend on."""

from __future__ import annotations

from django import template
from django.conf import settings

from accounts import bootstrap
from accounts.access import Capability
from accounts.access import may as is_allowed
from accounts.access import may_somewhere as is_allowed_somewhere
from accounts.models import Project, User
from accounts.sign_in import passkeys
from accounts.tokens import presets
from rustrak.mail import connection
from rustrak.openid.provider import Provider

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: template.Context, capability: str, project: Project | str | None = None) -> bool:
    """`{% may "event:write" project as can_act %}`: whether the reader may do this in the project, or without one in the installation.
    One query for a whole page."""
    user = context.get("user")
    if not isinstance(user, User):
        return False
    return is_allowed(user, Capability(capability), project if isinstance(project, Project) else None)


@register.simple_tag(takes_context=True)
def may_somewhere(context: template.Context, capability: str) -> bool:
    """`{% may_somewhere "event:write" as can_act %}`: whether the reader may do this in one project at least."""
    user = context.get("user")
    return isinstance(user, User) and is_allowed_somewhere(user, Capability(capability))


@register.simple_tag(takes_context=True)
def has_settings_tab(context: template.Context, project: Project) -> bool:
    """Whether the reader's work is with the settings: they change them, or look through everything."""
    return may(context, Capability.PROJECT_ADMIN, project) or may(context, Capability.AUDIT_READ)


@register.filter
def allowing(capabilities: list[str] | None) -> str:
    """`{{ token.capabilities|allowing }}`: what a token may do, in words or by the names of its capabilities."""
    return presets.words(capabilities)


@register.simple_tag
def sign_up_is_open() -> bool:
    """Whether anyone may create an account with a password."""
    return bootstrap.passwords_are_used() and bootstrap.registration_is_open()


@register.simple_tag
def identity_provider() -> Provider | None:
    """The provider through which people can sign in, if there is one."""
    provider: Provider | None = settings.OIDC
    return provider


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
    return connection.goes_out()


@register.simple_tag
def passkeys_are_possible() -> bool:
    """Whether browsers use passkeys for this installation."""
    return not passkeys.why_not()
