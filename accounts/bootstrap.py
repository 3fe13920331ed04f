"""How the first admin comes to be: from CREATE_SUPERUSER, or through the one-time set-up link."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

log = logging.getLogger("rustrak.accounts")

# Any number, as long as every Rustrak uses the same one.
_FIRST_USER_LOCK = 7_267_884


def bootstrap() -> None:
    """Create the admin that CREATE_SUPERUSER (`email:password`) names, while there is no user.

    Split at the first colon, the e-mail trimmed. A bad value is logged and the start goes on.
    """
    value = settings.CREATE_SUPERUSER
    if not value or User.objects.exists():
        return
    email, colon, password = value.partition(":")
    email = email.strip().lower()
    if not colon or not password:
        log.error(
            "CREATE_SUPERUSER is ignored: it must be email:password, like ana@example.org:long-password"
        )
        return
    try:
        User._meta.get_field("email").clean(email, None)
    except ValidationError:
        log.error("CREATE_SUPERUSER is ignored: %r before the first colon is not an e-mail address", email)
        return
    try:
        validate_password(password, User(email=email))
    except ValidationError as weak:
        log.warning("The password in CREATE_SUPERUSER is weak: %s", " ".join(weak.messages))
    if create_first_admin(email, password):
        log.info("Created the admin %s from CREATE_SUPERUSER", email)


def create_first_admin(email: str, password: str) -> User | None:
    """The installation's first user, an admin; None when somebody else came first."""
    with transaction.atomic():
        # SQLite's transactions begin with the write lock (decision 2); PostgreSQL needs to be asked.
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST_USER_LOCK])
        if User.objects.exists():
            return None
        return User.objects.create_superuser(email, password)


def setup_link() -> str | None:
    """Where the first admin is made, while there is no user and CREATE_SUPERUSER names none; else None."""
    if settings.CREATE_SUPERUSER or User.objects.exists():
        return None
    return f"{settings.PUBLIC_URL}/setup/{_token()}/"


def opens_setup(token: str) -> bool:
    """Whether `token` is the set-up link's and there is no user yet."""
    return constant_time_compare(token, _token()) and not User.objects.exists()


def _token() -> str:
    # Derived from the secret key: nothing to store, the same on every machine, gone with the first user.
    return salted_hmac("accounts.bootstrap", "first user", algorithm="sha256").hexdigest()[:40]
