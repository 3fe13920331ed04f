"""Authentication for the JSON API: a bearer token or the session; and the check of a password."""

from __future__ import annotations

import re
from datetime import timedelta

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth
from ninja.utils import check_csrf

from accounts.access import SignedInRequest
from accounts.models import ApiToken, User
from rustrak.lib import clock, problems

_TOKEN = re.compile(r"[0-9a-f]{40}")
_USE_RECORDED_EVERY = timedelta(minutes=1)


class Token(HttpBearer):
    """`Authorization: Bearer <40 hex>`. An invalid token is refused even with a valid session."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        found = ApiToken.objects.find(token) if _TOKEN.fullmatch(token) else None
        if found is None:
            raise problems.Unauthorized("This API token is not valid.")
        _note_use(found)
        request.user = found.user
        return found.user


class Session(SessionAuth):
    """The session cookie. Requests that change something also need Django's CSRF token."""

    def __call__(self, request: HttpRequest) -> User | None:
        if not isinstance(request.user, User):
            return None
        require_csrf(request)
        return request.user


def require_csrf(request: HttpRequest) -> None:
    """Raises Forbidden when a state-changing request carries no valid X-CSRFToken."""
    if check_csrf(request) is not None:
        raise problems.Forbidden(
            "The X-CSRFToken header is missing or wrong. Send the value of the csrftoken cookie."
        )


def no_token(request: HttpRequest) -> None:
    """Refuses tokens before Session is asked: raises Forbidden for a valid token, Unauthorized for an invalid one."""
    if _token(request) is not None:
        raise problems.Forbidden("Tokens cannot manage tokens. Sign in instead.")


_token = Token()
TOKEN_OR_SESSION = [_token, Session()]
SESSION_ONLY = [no_token, Session()]


def password_user(email: str, password: str) -> User | None:
    """The active user with this e-mail address and password, else None.

    Hashes exactly one password in any case: the time must not reveal whether the account exists.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        User().set_password(password)
        return None
    return user if user.check_password(password) and user.is_active else None


def _note_use(token: ApiToken) -> None:
    # Once a minute is precise enough to find unused tokens, and saves a write per request.
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= _USE_RECORDED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


__all__ = ["SESSION_ONLY", "TOKEN_OR_SESSION", "SignedInRequest", "password_user", "require_csrf"]
