"""Second factors of an account: codes of an authenticator app, recovery codes and passkeys. allauth.mfa stores them.

What allauth keeps in a cache is here in the database, which all workers share: how often codes were wrong, and the last code of an
app, so that nobody can use it again (RFC 6238, 5.2).
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.models import User
from accounts.sign_in import attempts, limits, notices
from accounts.sign_in.browsers import known_browser
from rustrak.lib import clock, sealed

MOST_PASSKEYS = 20
RECOVERY_DIGITS = 10
_SECOND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_LAST = "last_counter"


def connect() -> None:
    """Register the receivers."""
    authenticator_added.connect(_added, dispatch_uid="accounts.second_factor_added")
    authenticator_reset.connect(_note_added, dispatch_uid="accounts.second_factor_reset")
    authenticator_removed.connect(_note_removed, dispatch_uid="accounts.second_factor_removed")


def is_needed(user: User) -> bool:
    """Whether the password alone is not enough to sign in."""
    return bool(Authenticator.objects.filter(user=user, type__in=_SECOND).exists())


def check_code(request: HttpRequest, user: User, code: str) -> Authenticator | None:
    """What this code of an app, or recovery code, is of; None if it is wrong or was used. Raises problems.TooMany.

    The attempt is counted before anything is compared, and taken back when the code is right.
    """
    code = _digits(code)
    kind = "recovery" if len(code) == RECOVERY_DIGITS else "app"
    limit = limits.second_factor(user.pk, kind, known_browser(request, user))
    attempt = attempts.reserve(limit, clock.now())
    found = _used(user, code) if user.is_active else None
    if found is not None:
        attempts.refund(attempt)
    return found


def _added(
    sender: Any, authenticator: Authenticator, request: HttpRequest | None = None, **more: Any
) -> None:
    """Make the code with which an app was set up count as used."""
    if authenticator.type == Authenticator.Type.TOTP and request is not None:
        code = _digits(request.POST.get("code", ""))
        authenticator.data[_LAST] = _counter(decrypt(authenticator.data["secret"]), code)
        authenticator.save(update_fields=["data"])
    _note_added(sender, authenticator)


def _note_added(sender: Any, authenticator: Authenticator, **more: Any) -> None:
    _record(audit.Action.FACTOR_ADD, authenticator)
    _tell(authenticator, "A second factor was added to your account")


def _note_removed(sender: Any, authenticator: Authenticator, **more: Any) -> None:
    _record(audit.Action.FACTOR_REMOVE, authenticator)
    _tell(authenticator, "A second factor of your account was removed")


def _record(action: audit.Action, authenticator: Authenticator) -> None:
    with transaction.atomic():
        audit.record(
            action, name=authenticator.user.email, details={"kind": authenticator.get_type_display()}
        )


def _tell(authenticator: Authenticator, what: str) -> None:
    notices.tell(authenticator.user, what, f": {authenticator.get_type_display().lower()}")


def codes_left(authenticator: Authenticator) -> int:
    """How many recovery codes are left; none if they were encrypted with another SESSION_SECRET_KEY."""
    try:
        return len(authenticator.wrap().get_unused_codes())
    except sealed.Unreadable:
        return 0


def reset(user: User) -> int:
    """Delete all second factors of `user`, who then signs in with the password alone. Returns how many there were."""
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if removed:
            audit.record(audit.Action.FACTOR_RESET, user)
            notices.tell(user, "All second factors of your account were removed by an admin")
    return int(removed)


def _digits(code: str) -> str:
    """A code without what people or apps put between its digits."""
    return "".join(code.split()).replace("-", "")


def _used(user: User, code: str) -> Authenticator | None:
    with transaction.atomic():
        # So that of two who use a code at the same time, one is refused.
        rows = Authenticator.objects.select_for_update().filter(user=user)
        for row in rows.exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type"):
            try:
                if _uses(row, code):
                    return row
            except sealed.Unreadable:
                continue
    return None


def _uses(row: Authenticator, code: str) -> bool:
    """Whether the code is right for `row`, which then counts as used. Raises sealed.Unreadable."""
    if row.type != Authenticator.Type.TOTP:
        return bool(row.wrap().validate_code(code))
    counter = _counter(decrypt(row.data["secret"]), code)
    last = row.data.get(_LAST)
    if counter is None or (last is not None and counter <= last):
        return False
    row.data[_LAST] = counter
    row.save(update_fields=["data"])
    return True


def _counter(secret: str, code: str) -> int | None:
    """The time step that a code of an app is for; None if it is for none of those that count now."""
    for counter in totp.yield_hotp_counters_from_time():
        if constant_time_compare(totp.format_hotp_value(totp.hotp_value(secret, counter)), code):
            return int(counter)
    return None
