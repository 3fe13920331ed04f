"""What a sign-in leaves behind, and what ends it: sessions, known browsers, tokens.

`connect` connects the functions to Django's and allauth's signals, because a password can be changed in many ways: by
its owner, by a link in a mail, in Django's admin and by commands. All of them save the user.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from allauth.account import signals as allauth
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.signals import pre_save
from django.http import HttpRequest

from accounts.models import ApiToken, SignIn, User
from rustrak.lib import clock
from rustrak.lib.database.courtesy import write_if_free
from rustrak.lib.sized_cache import SizedCache

# The oldest sessions of a user beyond these end.
MOST_SESSIONS = 30
# The key of `request.META` with the user whose browser the response must remember.
SIGNED_IN = "rustrak.signed_in"
# How often the time of a session's last request is written at most.
SEEN_EVERY = timedelta(minutes=1)
_LONGEST_BROWSER = 200
_ENTRY_BYTES = 300
# When this process last wrote it, by the session's key.
_noted: SizedCache[str, datetime] = SizedCache(1 << 20)
_REVOKING_FIELDS = {"password", "is_active", "email"}


def connect() -> None:
    """Register the receivers."""
    pre_save.connect(_before_save, sender=User, dispatch_uid="accounts.revoke_access")
    user_logged_in.connect(_signed_in, dispatch_uid="accounts.signed_in")
    allauth.password_changed.connect(_signed_in, dispatch_uid="accounts.password_changed")
    allauth.password_set.connect(_signed_in, dispatch_uid="accounts.password_set")


def _before_save(
    sender: type[User], instance: User, update_fields: Collection[str] | None = None, **more: Any
) -> None:
    """Revoke the access of a user who is saved with a new password, as inactive, or with a new e-mail address.

    With a new address the tokens stay: the programs that have them are still their owner's. Replacing a hash by a cheaper
    one of the same password revokes nothing: Django saves that field alone then, and leaves `_password` None.
    """
    if instance.pk is None or (update_fields is not None and not _REVOKING_FIELDS & set(update_fields)):
        return
    stored = User.objects.filter(pk=instance.pk).values_list("password", "is_active", "email").first()
    if stored is None:
        return
    password, was_active, email = stored
    rehashed = getattr(instance, "_password", None) is None and set(update_fields or ()) == {"password"}
    lost = (instance.password != password and not rehashed) or (was_active and not instance.is_active)
    if lost:
        ApiToken.objects.filter(user=instance).delete()
    if lost or instance.email != email:
        _revoke(instance)
        if update_fields is not None:
            User.objects.filter(pk=instance.pk).update(sign_in_key=instance.sign_in_key)


def _revoke(user: User) -> None:
    """End all sessions of `user` and forget the known browsers, once the new `sign_in_key` is stored."""
    user.sign_in_key = secrets.token_hex(16)  # signs sessions and known browsers
    _end(SignIn.objects.filter(user=user))


def end(user: User, sign_in_id: int) -> bool:
    """End one session of `user`. False when there is no such session."""
    return _end(SignIn.objects.filter(user=user, pk=sign_in_id))


def end_all(user: User) -> None:
    """End all sessions of `user`, and forget the browsers."""
    _revoke(user)
    User.objects.filter(pk=user.pk).update(sign_in_key=user.sign_in_key)


def end_others(request: HttpRequest, user: User) -> None:
    """End all sessions of the signed-in `user` but the one of `request`, and forget the other browsers."""
    end_all(user)
    update_session_auth_hash(request, user)
    _signed_in(None, request, user)


def _end(sign_ins: QuerySet[SignIn]) -> bool:
    """End these sessions. False when there were none."""
    rows = list(sign_ins.values_list("pk", "session_key"))
    Session.objects.filter(session_key__in=[key for _, key in rows]).delete()
    SignIn.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
    return bool(rows)


def note_seen(request: HttpRequest) -> None:
    """Note when and from where the session of `request`, in which somebody is signed in, was used: at most every SEEN_EVERY in
    each process.
    """
    key, now, user = str(request.session.session_key), clock.now(), request.user
    known = _noted.get(key)
    if known is not None and abs(now - known) < SEEN_EVERY:
        return
    _noted.put(key, now, _ENTRY_BYTES)
    used = _used(request, now)

    def write() -> None:
        # A session without a row is one that Django began by itself, as when an admin changes their own password.
        if (
            not SignIn.objects.filter(session_key=key).update(**used)
            and isinstance(user, User)
            and Session.objects.filter(session_key=key).exists()
        ):
            SignIn.objects.create(user=user, session_key=key, began_at=now, **used)

    write_if_free(write)


def _used(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What a row says of the use of its session by `request`."""
    agent = str(request.META.get("HTTP_USER_AGENT", "")).replace("\0", "")
    return {"last_seen_at": now, "address": _address(request), "browser": agent[:_LONGEST_BROWSER]}


def _address(request: HttpRequest) -> str | None:
    try:
        return str(ip_address(str(request.META.get("REMOTE_ADDR", ""))))
    except ValueError:
        return None


def _signed_in(sender: Any, request: HttpRequest | None = None, user: Any = None, **more: Any) -> None:
    """Note the session that has just begun, end the user's oldest ones, and have the browser remembered."""
    if request is None or not isinstance(user, User):
        return
    request.META[SIGNED_IN] = user
    if not request.session.session_key:
        request.session.create()
    key, now = str(request.session.session_key), clock.now()
    SignIn.objects.update_or_create(
        session_key=key, defaults={"user": user, "began_at": now, **_used(request, now)}
    )
    _noted.put(key, now, _ENTRY_BYTES)
    old = SignIn.objects.filter(user=user).order_by("-id").values_list("id", flat=True)[MOST_SESSIONS:]
    if rows := list(old):
        _end(SignIn.objects.filter(pk__in=rows))
