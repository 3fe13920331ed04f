"""Authentication for the JSON API: a bearer token or the session; and the check of a password."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from ninja.security import HttpBearer, SessionAuth
from ninja.utils import check_csrf

from accounts.access import SignedInRequest
from accounts.audit import acting
from accounts.models import ApiToken, User
from accounts.sign_in import attempts, limits
from accounts.sign_in.browsers import known_browser
from accounts.sign_in.hashing import MAX_PASSWORD_LENGTH
from accounts.tokens.binding import may_ask
from accounts.tokens.text import is_token
from rustrak import csrf_failure
from rustrak.lib import clock, problems
from rustrak.lib.database.courtesy import write_if_free

_USE_RECORDED_EVERY = timedelta(minutes=1)


class Token(HttpBearer):
    """`Authorization: Bearer <token>`. An invalid token is refused even with a valid session.

    The user of a token that is for one project has its id as `token_project`."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        found = ApiToken.objects.find(token) if is_token(token) else None
        if found is None:
            raise problems.Unauthorized("This API token is not valid.")
        if found.project_id is not None and not may_ask(request.method or "", request.path_info):
            raise problems.Forbidden("This API token is for one project only, so it cannot be used here.")
        _note_use(found)
        found.user.token_project = found.project_id
        request.META[acting.TOKEN] = found
        request.user = found.user
        return found.user


class Session(SessionAuth):
    """The session cookie. Requests that change something also need Django's CSRF token."""

    def __call__(self, request: HttpRequest) -> User | None:
        if not isinstance(request.user, User):
            return None
        require_csrf(request)
        return request.user


def has_token(authorization: str) -> bool:
    """Whether an Authorization header has a valid token: asked before the body of an upload is received."""
    scheme, _, text = authorization.partition(" ")
    return (
        scheme.lower() == "bearer"
        and is_token(text.strip())
        and ApiToken.objects.find(text.strip()) is not None
    )


def require_csrf(request: HttpRequest) -> None:
    """Raises Forbidden, with the cause, when a state-changing request carries no valid X-CSRFToken."""
    if check_csrf(request) is not None:
        raise problems.Forbidden(request.META[csrf_failure.CAUSE].message)


def no_token(request: HttpRequest) -> None:
    """Refuses tokens before Session is asked: raises Forbidden for a valid token, Unauthorized for an invalid one."""
    if _token(request) is not None:
        raise problems.Forbidden("Tokens cannot manage tokens. Sign in instead.")


_token = Token()
TOKEN_OR_SESSION = [_token, Session()]
SESSION_ONLY = [no_token, Session()]


def password_user(request: HttpRequest, email: str, password: str) -> User | None:
    """The active user with this e-mail address and password, else None. Every way to sign in with a password uses it.

    The attempt is counted before a hash is computed, and taken back when the password is right. Raises
    problems.TooMany when there were too many failures, problems.Unavailable when too many sign in at once, and
    problems.BadInput for a password that is too long.
    """
    if len(password) > MAX_PASSWORD_LENGTH:
        raise problems.BadInput(f"password: longer than {MAX_PASSWORD_LENGTH} characters")
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    client = str(request.META.get("REMOTE_ADDR", ""))
    attempt = attempts.reserve(limits.sign_in(email, client, known_browser(request, user)), clock.now())
    try:
        found = _checked(user, email, password)
    except problems.Unavailable:
        attempts.refund(attempt)
        raise
    if found is not None:
        attempts.refund(attempt)
    return found


def _checked(user: User | None, email: str, password: str) -> User | None:
    """`user` if it is active and has this password. Computes one hash in any case."""
    if user is None:
        # The time must not reveal that there is no such account, also while some hashes have older parameters than
        # others. So the address picks one of them, always the same, and what comes of it is ignored.
        stored = User.objects.order_by("pk").values_list("password", flat=True)
        picked = int(salted_hmac("accounts.credentials", email).hexdigest()[:12], 16)
        if count := stored.count():
            check_password(password, stored[picked % count])
        else:
            User().set_password(password)
        return None
    if not user.is_active:
        check_password(password, user.password)
        return None
    return user if user.check_password(password) else None


def _note_use(token: ApiToken) -> None:
    # Once a minute is precise enough to find unused tokens, and saves a write per request.
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= _USE_RECORDED_EVERY:
        write_if_free(lambda: ApiToken.objects.filter(pk=token.pk).update(last_used_at=now))


__all__ = ["SESSION_ONLY", "TOKEN_OR_SESSION", "SignedInRequest", "password_user", "require_csrf"]
