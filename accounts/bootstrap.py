"""Creates the first admin: from CREATE_SUPERUSER, or through the one-time setup link."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

log = logging.getLogger("rustrak.accounts")

# Any number will do, as long as every Rustrak uses the same.
_FIRST_USER_LOCK = 7_267_884


def bootstrap() -> None:
    """Create the admin that CREATE_SUPERUSER (`email:password`) names, if there is no user yet.

    The value is split at the first colon, and the e-mail address is trimmed. A bad value is logged and ignored.
    """
    value = settings.CREATE_SUPERUSER
    if not value or User.objects.exists():
        return
    email, colon, password = value.partition(":")
    email = email.strip().lower()
    if not colon or not password:
        log.error(
            "CREATE_SUPERUSER is ignored: it must be email:password. Example: ana@example.org:a-long-password"
        )
        return
    try:
        User._meta.get_field("email").clean(email, None)
    except ValidationError:
        log.error("CREATE_SUPERUSER is ignored: %r, before the first colon, is not an e-mail address", email)
        return
    try:
        validate_password(password, User(email=email))
    except ValidationError as weak:
        log.warning("The password in CREATE_SUPERUSER is weak: %s", " ".join(weak.messages))
    if create_first_admin(email, password):
        log.info("Created the admin %s from CREATE_SUPERUSER", email)


def create_first_admin(email: str, password: str) -> User | None:
    """Create the installation's first user, an admin; None when another user already exists."""
    with transaction.atomic():
        # SQLite takes the write lock at the start of a transaction (docs/decisions/0002); PostgreSQL needs a lock.
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST_USER_LOCK])
        if User.objects.exists():
            return None
        return User.objects.create_superuser(email, password)


def setup_link() -> str | None:
    """The link that creates the first admin; None once there is a user, or with CREATE_SUPERUSER."""
    if settings.CREATE_SUPERUSER or User.objects.exists():
        return None
    return f"{settings.PUBLIC_URL}/setup/{_token()}/"


def opens_setup(token: str) -> bool:
    """Whether `token` is that of the setup link and there is no user yet."""
    return constant_time_compare(token, _token()) and not User.objects.exists()


def _token() -> str:
    # Derived from the secret key: nothing is stored, and all machines agree. Useless once there is a user.
    return salted_hmac("accounts.bootstrap", "first user", algorithm="sha256").hexdigest()[:40]
