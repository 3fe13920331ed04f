"""The user of a token: `/api/0/`, `auth/`, `users/me/regions/`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from accounts.access import SignedInRequest
from accounts.credentials import WHOEVER_ASKS
from accounts.models import User
from rustrak.lib import clock

router = Router(auth=WHOEVER_ASKS)

#: What a token of Sentry would need for what clients do: what is said of a token that is not limited.
SCOPES = ["org:read", "project:read", "project:write", "project:releases", "event:read", "event:write"]


@router.get("/api/0", summary="info, login")
def index(request: SignedInRequest) -> dict[str, Any]:
    """The user, and what the token may do. With a user of null clients believe that a token is an organization's."""
    user = request.user
    return {
        "version": "0",
        "auth": {"scopes": scopes(user.token_capabilities)},
        "user": {
            "id": str(user.pk),
            "email": user.email,
            "name": user.get_short_name(),
            "username": user.email,
        },
    }


@router.get("/api/0/auth", summary="login")
def who(request: SignedInRequest) -> dict[str, Any]:
    return user_out(request.user)


@router.get("/api/0/users/me", summary="login")
def me(request: SignedInRequest) -> dict[str, Any]:
    return user_out(request.user)


@router.get("/api/0/users/me/regions", summary="organizations list")
def regions(request: HttpRequest) -> dict[str, Any]:
    """Where the organizations are: all here."""
    return {"regions": [{"name": "rustrak", "url": settings.PUBLIC_URL}]}


def scopes(capabilities: frozenset[str] | None) -> list[str]:
    """What a token may do, as clients are told; `capabilities` as in User.token_capabilities."""
    return SCOPES if capabilities is None else sorted(capabilities)


def user_out(user: User) -> dict[str, Any]:
    """A person."""
    return {
        "id": str(user.pk),
        "email": user.email,
        "name": user.get_short_name(),
        "username": user.email,
        "isActive": user.is_active,
        "isSuperuser": user.is_admin,
        "dateJoined": clock.rfc3339(user.date_joined),
        "avatar": {"avatarType": "letter_avatar", "avatarUuid": None},
    }
