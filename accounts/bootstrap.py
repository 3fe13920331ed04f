"""Creates the first admin: from CREATE_SUPERUSER, or through the one-time setup link.

Both depend on there being no active admin, whoever else has an account: docs/decisions/0015.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import admins, audit, projects
from accounts.models import User
from accounts.sign_in import second_factors
from accounts.sign_in.hashing import MAX_PASSWORD_LENGTH

log = logging.getLogger("rustrak.accounts")


def admin_exists() -> bool:
    """Whether somebody runs this installation: an active admin."""
    return admins.every().filter(is_active=True).exists()


def registration_is_open() -> bool:
    """Whether strangers may create accounts: if REGISTRATION says so, and not before there is an admin."""
    return bool(settings.REGISTRATION == "open") and admin_exists()


def passwords_are_used() -> bool:
    """Whether people may sign in with passwords: not where the provider is the only way."""
    return settings.OIDC is None or not settings.OIDC.is_only_way


def bootstrap() -> None:
    """Create the admin that CREATE_SUPERUSER (`email:password`) names, if there is no admin yet.

    The value is split at the first colon, and the e-mail address is trimmed. A bad value is logged and ignored.
    """
    value = settings.CREATE_SUPERUSER
    if not value or admin_exists():
        return
    email, colon, password = value.partition(":")
    email = email.strip().lower()
    # No message repeats any part of the value: what stands before the colon may be the password.
    if not colon or not password:
        log.error(
            "CREATE_SUPERUSER is ignored: it must be email:password. Example: ana@example.org:a-long-password"
        )
        return
    try:
        User._meta.get_field("email").clean(email, None)
    except ValidationError:
        log.error(
            "CREATE_SUPERUSER is ignored: what stands before the first colon is not an e-mail address. "
            "Example: ana@example.org:a-long-password"
        )
        return
    if len(password) > MAX_PASSWORD_LENGTH or not _is_text(password):
        log.error(
            "CREATE_SUPERUSER is ignored: the password must be UTF-8 text of at most %d characters",
            MAX_PASSWORD_LENGTH,
        )
        return
    try:
        validate_password(password, User(email=email))
    except ValidationError as weak:
        log.warning("The password in CREATE_SUPERUSER is weak: %s", " ".join(weak.messages))
    if create_first_admin(email, password):
        log.info("Created the admin %s from CREATE_SUPERUSER", email)


def _is_text(password: str) -> bool:
    """Whether it can be encoded: bytes of an environment variable that are not UTF-8 are lone surrogates here."""
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in password


def create_first_admin(email: str, password: str) -> User | None:
    """Create the installation's first admin; None when there is one meanwhile.

    An account that already has this address becomes the admin. It gets the new password, and loses its sessions and
    tokens: a stranger may have created it.
    """
    encoded = make_password(password)  # takes a while, so before the lock
    with transaction.atomic():
        admins.lock()
        if admin_exists():
            return None
        user = User.objects.filter(email=email).first() or User(email=email)
        user.is_active, user.role = True, User.Role.OWNER
        user.password = encoded
        user.save()  # which revokes the access of an account that had another password
        second_factors.reset(user)
        projects.join_awaited(user)
        audit.record(audit.Action.PERSON_CREATE, user, details={"admin": True})
        return user


def setup_link() -> str | None:
    """The link that creates the first admin; None once there is one, or with CREATE_SUPERUSER."""
    if settings.CREATE_SUPERUSER or admin_exists():
        return None
    return f"{settings.PUBLIC_URL}/setup/{_token()}/"


def opens_setup(token: str) -> bool:
    """Whether `token` is that of the setup link and there is no admin yet."""
    return constant_time_compare(token, _token()) and not admin_exists()


def _token() -> str:
    # Derived from the secret key: nothing is stored, and all machines agree. It depends on the latest admin, so a link
    # that has created one never works again, also when that admin is deactivated and set-up opens with another link.
    latest = admins.every().aggregate(latest=Max("pk"))["latest"]
    return salted_hmac("accounts.bootstrap", f"after {latest}", algorithm="sha256").hexdigest()[:40]
