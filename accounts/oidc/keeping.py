"""What a browser keeps while somebody signs in at the provider: nothing is stored for strangers in the database."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from rustrak.lib import clock, sealed

#: As long as somebody may take to sign in there.
VALID = timedelta(minutes=15)
#: A sign-in that has begun, and one that waits for the password of an account that exists.
BEGUN, WAITING = "rustrak_provider", "rustrak_connect"
_LONGEST = 4000


def keep(request: HttpRequest, response: HttpResponse, name: str, values: Mapping[str, str]) -> None:
    """Have the browser keep `values`, encrypted, under one of the names above."""
    until = clock.now() + VALID
    data = sealed.seal({**values, "until": until.isoformat()}, name)
    response.set_cookie(
        name,
        base64.urlsafe_b64encode(data).decode("ascii"),
        max_age=VALID,
        path=_path(),
        secure=request.is_secure(),
        httponly=True,
        # The provider sends people back with a link, which Lax allows.
        samesite="Lax",
    )


def kept(request: HttpRequest, name: str) -> dict[str, str] | None:
    """What the browser keeps; None for nothing, or something that is too old or not from here."""
    cookie = request.COOKIES.get(name, "")
    if not cookie or len(cookie) > _LONGEST:
        return None
    try:
        values = sealed.unseal(base64.urlsafe_b64decode(cookie), name)
    except (sealed.Unreadable, binascii.Error, ValueError):
        return None
    return values if values.get("until", "") > clock.now().isoformat() else None


def drop(response: HttpResponse, name: str) -> None:
    """Have the browser forget it."""
    response.delete_cookie(name, path=_path(), samesite="Lax")


def _path() -> str:
    return reverse("oidc_start").removesuffix("start/")
