"""Admins of the installation, of whom one is always left. The way out when none can sign in is `create_user --admin`."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User

# Any number will do, as long as every Rustrak uses the same.
_LOCK = 7_267_884

LAST = (
    "{} is the only admin who can sign in. Make somebody else an admin first: "
    "an active superuser with staff status and a password."
)


def every() -> QuerySet[User]:
    """All admins, also those who are not active."""
    return User.objects.filter(is_superuser=True)


def able() -> QuerySet[User]:
    """The admins who can sign in and open Django's admin."""
    return (
        every().filter(is_active=True, is_staff=True).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    )


def lock() -> None:
    """Until the end of the transaction, nobody else who calls this changes who is an admin.

    SQLite takes the write lock at the start of a transaction (docs/decisions/0002); PostgreSQL needs a lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def last_of(users: Collection[int]) -> User | None:
    """The admin among `users` without whom nobody could run the installation; None when others can, or none could."""
    found = able().filter(pk__in=users).order_by("pk").first()
    return found if found is not None and not able().exclude(pk__in=users).exists() else None
