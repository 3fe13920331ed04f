"""Admins of the installation, of whom one is always left. The way out when none can sign in is `create_user --admin`."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import ProviderIdentity, User

# Any number will do, as long as every Rustrak uses the same.
_LOCK = 7_267_884


class LastAdmin(ValueError):
    """Without these people nobody could run the installation. The message is for people."""


def every() -> QuerySet[User]:
    """All admins, also those who are not active."""
    return User.objects.filter(role__in=User.ADMINS)


def able() -> QuerySet[User]:
    """The admins who can sign in, with a password or through the provider, and open Django's admin."""
    signs_in = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if settings.OIDC is not None:
        known = ProviderIdentity.objects.filter(user=OuterRef("pk"), issuer=settings.OIDC.issuer)
        signs_in |= Q(Exists(known))
    return every().filter(signs_in, is_active=True)


def lock() -> None:
    """Until the end of the transaction, nobody else who calls this changes who is an admin.

    SQLite takes the write lock at the start of a transaction (docs/decisions/0002); PostgreSQL needs a lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def check_left(users: Collection[int], role: str | None = None) -> None:
    """Raises LastAdmin if without `users` no admin could sign in, or no owner where one can. Call `lock` before.

    `role` is what they become; None: they leave, are deactivated or lose their password. Who stays an owner is not missed.
    """
    if role == User.Role.OWNER:
        return
    able_now = able()
    for word, these in (
        ("admin", able_now if role != User.Role.ADMIN else able_now.none()),
        ("owner", able_now.filter(role=User.Role.OWNER)),
    ):
        last = these.filter(pk__in=users).order_by("pk").first()
        if last is not None and not these.exclude(pk__in=users).exists():
            raise LastAdmin(
                f"{last.email} is the only {word} who can sign in. First make somebody else one: "
                f"an active account with a password and the role {word}."
            )


def may_change(by: User, role: str, becoming: str | None = None) -> bool:
    """Whether `by` may change somebody of this role, or give them the role `becoming`: of owners only owners may."""
    return by.is_admin and (by.role == User.Role.OWNER or User.Role.OWNER not in (role, becoming))
