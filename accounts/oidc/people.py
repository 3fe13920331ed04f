"""The account of somebody whom the provider knows: found, connected or created. docs/sign-in.md, "OpenID Connect"."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import audit, bootstrap, invitations, projects
from accounts.models import Membership, ProviderIdentity, User
from accounts.sign_in import attempts, limits
from rustrak.lib import clock
from rustrak.openid.identity import Identity
from rustrak.openid.provider import Provider


class Refused(Exception):
    """They may not sign in. The message is for them."""


class NeedsPassword(Exception):
    """There is an account with this address, which has a password: whoever knows it may connect the two."""


def person(provider: Provider, identity: Identity, client: str, secret: str = "") -> User:
    """The active user whom this identity is. `client` is the network address of the browser; `secret` that of the link of an invitation,
    if they come from one: it is used up by a new account only, as others are asked first.

    Raises Refused, NeedsPassword, or problems.TooMany when there were too many new accounts.
    """
    _check_domain(provider, identity)
    known = ProviderIdentity.objects.select_related("user").filter(
        issuer=identity.issuer, subject=identity.subject
    )
    if (found := known.first()) is not None:
        if not found.user.is_active:
            raise Refused("Your account here is disabled. Ask an admin of this installation.")
        known.update(email=_short(identity.email), last_used_at=clock.now())
        return found.user
    if not identity.is_verified or not _is_address(identity.email):
        raise Refused(
            f"{provider.name} does not confirm that your e-mail address is yours, so no account can be found or created "
            "for it. Confirm the address there and try again."
        )
    user = User.objects.filter(email=identity.email).first()
    if user is None:
        return _created(provider, identity, client, secret)
    if not user.is_active:
        raise Refused("Your account here is disabled. Ask an admin of this installation.")
    if user.has_usable_password() and not provider.is_only_way:
        raise NeedsPassword
    return connect(user, identity)


def connect(user: User, identity: Identity) -> User:
    """Let this identity sign in as `user`, whose address must be known to be theirs. Raises Refused.

    Where there are no passwords, that of the account ends, and with it sessions and tokens: a stranger may have set it.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.identities.filter(issuer=identity.issuer).exists():
            raise Refused(
                "The account with your e-mail address belongs to somebody else at the provider, who had the address before "
                "you. Ask an admin of this installation."
            )
        if user.has_usable_password() and settings.OIDC is not None and settings.OIDC.is_only_way:
            user.set_unusable_password()
            user.save()
        _add(user, identity)
        audit.record(
            audit.Action.PERSON_CONNECT,
            user,
            by=user,
            details={"issuer": identity.issuer, "subject": identity.subject},
        )
        projects.join_awaited(user)
    return user


def _created(provider: Provider, identity: Identity, client: str, secret: str) -> User:
    is_invited = bool(secret) and _is_invited(secret, identity)
    if not is_invited and not _may_join(provider, identity):
        raise Refused(
            f"There is no account for {identity.email} here. Ask an admin of this installation to add you."
        )
    attempts.reserve(limits.sign_up(client), clock.now())
    user = User(email=identity.email, name=_shown(identity.name))
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
            _add(user, identity)
            audit.record(audit.Action.PERSON_CREATE, user, by=user, details={"issuer": identity.issuer})
            if is_invited:
                invitations.join(secret, user)
            projects.join_awaited(user)
    except invitations.Gone as gone:
        raise Refused(str(gone)) from None
    except IntegrityError:
        raise Refused("Your account has just been created. Try again.") from None
    return user


def _is_invited(secret: str, identity: Identity) -> bool:
    try:
        found = invitations.find(secret)
    except invitations.Gone:
        return False
    return found.email in ("", identity.email)


def _may_join(provider: Provider, identity: Identity) -> bool:
    """Whether somebody without an account gets one: if all do, if their groups have a role, if they may register, or if a project
    waits for them. Before there is an admin, only those do whose groups make them one."""
    granted = provider.grants.granted(identity.groups or ())
    if granted.role in User.ADMINS:
        return True
    if not bootstrap.admin_exists():
        return False
    if granted.role or granted.projects or provider.creates_accounts or bootstrap.registration_is_open():
        return True
    return (
        settings.REGISTRATION == "invite"
        and Membership.objects.filter(user=None, email=identity.email).exists()
    )


def _check_domain(provider: Provider, identity: Identity) -> None:
    """At each sign-in: the setting may be newer than the account."""
    if not provider.domains:
        return
    if not identity.is_verified or identity.email.rpartition("@")[2] not in provider.domains:
        raise Refused("Only confirmed e-mail addresses of this organisation may sign in here.")


def _add(user: User, identity: Identity) -> None:
    ProviderIdentity.objects.create(
        user=user, issuer=identity.issuer, subject=identity.subject, email=_short(identity.email)
    )


def _is_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= 254


def _short(email: str) -> str:
    return email.replace("\0", "")[:254]


def _shown(name: str) -> str:
    return "".join(char for char in name if char.isprintable())[:100]
