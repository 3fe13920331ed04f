"""Links that sign a person in once, for those who cannot otherwise: `manage.py sign_in_link` prints them."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from rustrak.lib import clock

VALID = timedelta(minutes=15)
_SALT = "accounts.sign_in.links"
_LONGEST = 400


def link(user: User) -> str:
    """A link that signs `user` in, until it has been used, they have signed in otherwise, or VALID has passed."""
    token = signing.dumps([user.pk, _standing(user)], salt=_SALT)
    path = reverse("sign_in_link", args=[token])
    prefix = reverse("home").rstrip("/")
    return f"{settings.PUBLIC_URL}{path.removeprefix(prefix)}"


def opens(token: str) -> User | None:
    """The active user whom the link is for, if it still works."""
    if len(token) > _LONGEST:
        return None
    try:
        pk, standing = signing.loads(token, salt=_SALT, max_age=VALID)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user is not None and constant_time_compare(standing, _standing(user)) else None


def use(token: str) -> User | None:
    """As `opens`, and the link works no more, also when it is used twice at the same time."""
    with transaction.atomic():
        user = opens(token)
        if user is None:
            return None
        used = User.objects.filter(pk=user.pk, last_login=user.last_login).update(last_login=clock.now())
        return user if used else None


def _standing(user: User) -> str:
    """Changes with each sign-in and with a new password."""
    text = f"{user.pk}:{user.last_login}:{user.password}:{user.sign_in_key}"
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()[:32]
