"""What a sign-in leaves behind, and what ends it: sessions, known browsers, tokens.

`connect` connects the functions to Django's and allauth's signals, because a password can be changed in many ways: by
its owner, by a link in a mail, in Django's admin and by commands. All of them save the user.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from allauth.account import signals as allauth
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db.models.signals import pre_save
from django.http import HttpRequest

from accounts.models import ApiToken, SignIn, User

# The oldest sessions of a user beyond these end.
MOST_SESSIONS = 30
# The key of `request.META` with the user whose browser the response must remember.
SIGNED_IN = "rustrak.signed_in"
_REVOKING_FIELDS = {"password", "is_active"}


def connect() -> None:
    """Register the receivers."""
    pre_save.connect(_before_save, sender=User, dispatch_uid="accounts.revoke_access")
    user_logged_in.connect(_signed_in, dispatch_uid="accounts.signed_in")
    allauth.password_changed.connect(_signed_in, dispatch_uid="accounts.password_changed")
    allauth.password_set.connect(_signed_in, dispatch_uid="accounts.password_set")


def _before_save(
    sender: type[User], instance: User, update_fields: Collection[str] | None = None, **more: Any
) -> None:
    """Revoke the access of a user who is saved with a new password or as inactive.

    Replacing a hash by a cheaper one of the same password revokes nothing: Django saves that field alone then, and leaves
    `_password` None.
    """
    if instance.pk is None or (update_fields is not None and not _REVOKING_FIELDS & set(update_fields)):
        return
    stored = User.objects.filter(pk=instance.pk).values_list("password", "is_active").first()
    if stored is None:
        return
    password, was_active = stored
    rehashed = getattr(instance, "_password", None) is None and set(update_fields or ()) == {"password"}
    if (instance.password != password and not rehashed) or (was_active and not instance.is_active):
        instance.sign_in_key = secrets.token_hex(16)  # signs sessions and known browsers
        ApiToken.objects.filter(user=instance).delete()
        if update_fields is not None:
            User.objects.filter(pk=instance.pk).update(sign_in_key=instance.sign_in_key)


def _signed_in(sender: Any, request: HttpRequest | None = None, user: Any = None, **more: Any) -> None:
    """Note the session that has just begun, end the user's oldest ones, and have the browser remembered."""
    if request is None or not isinstance(user, User):
        return
    request.META[SIGNED_IN] = user
    if not request.session.session_key:
        request.session.create()
    SignIn.objects.update_or_create(session_key=request.session.session_key, defaults={"user": user})
    old = SignIn.objects.filter(user=user).order_by("-id").values_list("id", "session_key")[MOST_SESSIONS:]
    if rows := list(old):
        Session.objects.filter(session_key__in=[key for _, key in rows]).delete()
        SignIn.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
