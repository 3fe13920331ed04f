"""Authentication for the JSON API: a bearer token or the session; and the check of a password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.crypto import salted_hmac
from ninja.security import HttpBearer, SessionAuth
from ninja.utils import check_csrf

from accounts.access import (
    SAFE,
    Capability,
    SignedInRequest,
    keep,
    may,
    may_somewhere,
    refusal,
    take,
    with_implied,
    within_reach,
)
from accounts.audit import acting
from accounts.models import ApiToken, Project, TokenExpired, User
from accounts.sign_in import attempts, limits
from accounts.sign_in.browsers import known_browser
from accounts.sign_in.hashing import MAX_PASSWORD_LENGTH
from accounts.tokens.text import is_token
from rustrak import csrf_failure
from rustrak.lib import clock, problems
from rustrak.lib.database.courtesy import write_if_free

_USE_RECORDED_EVERY = timedelta(minutes=1)


def _refusal(user: User, needed: Capability, project: Project | None) -> PermissionDenied:
    """The exception that says whether it is the token or its person that may not do this."""
    if user.token_capabilities is not None and needed not in user.token_capabilities:
        return PermissionDenied(f"This API token does not have the capability {needed}.")
    if user.token_projects is not None and project is None:
        return PermissionDenied("This API token is for certain projects only, so it cannot be used here.")
    return refusal(needed, project)


class _Needs:
    """What an operation needs: `reads` for a GET, `changes` for everything else. None: nothing but somebody who asks.

    `of_installation`: a role in a project is not enough.
    """

    def __init__(
        self,
        reads: Capability | None = None,
        changes: Capability | None = None,
        *,
        of_installation: bool = False,
    ) -> None:
        super().__init__()
        self.needs, self.of_installation = (reads, changes), of_installation

    def check(self, request: HttpRequest, user: User) -> None:
        """Raises Http404 if the project of the address (`project_id`) is invisible, and PermissionDenied without the capability.

        Of what is about several projects, or names one in another way, the operation takes those where the user has `request.capability`.
        """
        reads, changes = self.needs
        needed = reads if request.method in SAFE else changes
        vars(request)["capability"] = needed
        if needed is None:
            return
        found = request.resolver_match
        number = found.kwargs.get("project_id") if found else None
        if number is not None:
            project = take(user, number)
            if project is None:
                raise Http404
            keep(user, project)
            if not may(user, needed, project):
                raise _refusal(user, needed, project)
        elif self.of_installation:
            if not may(user, needed):
                raise _refusal(user, needed, None)
        elif not (within_reach(user, needed) if request.method in SAFE else may_somewhere(user, needed)):
            raise _refusal(user, needed, None)


class Token(_Needs, HttpBearer):
    """`Authorization: Bearer <token>`. An invalid token is refused even with a valid session. `request.user` has the limits of the token."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        try:
            found = _found(token)
        except TokenExpired as expired:
            raise problems.Unauthorized(f"{expired} Create another one.") from None
        if found is None:
            raise problems.Unauthorized("This API token is not valid.")
        _note_use(found)
        request.META[acting.TOKEN] = found
        request.user = found.user
        self.check(request, found.user)
        return found.user


class Session(_Needs, SessionAuth):
    """The session cookie. Requests that change something also need Django's CSRF token."""

    def __call__(self, request: HttpRequest) -> User | None:
        if not isinstance(request.user, User):
            return None
        require_csrf(request)
        self.check(request, request.user)
        return request.user


def sender_may(capability: Capability) -> Callable[[str], bool]:
    """Whether an Authorization header has a valid token that gives `capability` in a project: asked before the body of an upload is received."""

    def check(authorization: str) -> bool:
        scheme, _, text = authorization.partition(" ")
        try:
            found = _found(text.strip()) if scheme.lower() == "bearer" else None
        except TokenExpired:
            return False
        return found is not None and may_somewhere(found.user, capability)

    return check


def require_csrf(request: HttpRequest) -> None:
    """Raises Forbidden, with the cause, when a state-changing request carries no valid X-CSRFToken."""
    if check_csrf(request) is not None:
        raise problems.Forbidden(request.META[csrf_failure.CAUSE].message)


def no_token(request: HttpRequest) -> None:
    """Refuses tokens before Session is asked: raises Forbidden for a valid token, Unauthorized for an invalid one."""
    if _token(request) is not None:
        raise problems.Forbidden("Tokens cannot manage tokens. Sign in instead.")


_token = Token()


def needs(reads: Capability, changes: Capability) -> list[Callable[[HttpRequest], Any]]:
    """The `auth` of a router or an operation: a token or a session whose person may `reads`, or for other methods than GET `changes`."""
    return [Token(reads, changes), Session(reads, changes)]


def needs_of_installation(reads: Capability, changes: Capability) -> list[Callable[[HttpRequest], Any]]:
    """The same for what belongs to the installation: the role in it must give the capability, one in a project is not enough."""
    return [
        Token(reads, changes, of_installation=True),
        Session(reads, changes, of_installation=True),
    ]


class _Nothing:
    """Lets everybody ask."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __call__(self, request: HttpRequest) -> bool:
        return True


def needs_nothing(reason: str) -> list[Callable[[HttpRequest], Any]]:
    """The `auth` of an operation that is open to everybody; `reason` says why that is right."""
    return [_Nothing(reason)]


def _undeclared(request: HttpRequest) -> None:
    raise problems.Forbidden("This address does not say who may use it, so nobody may.")


#: The `auth` of an API, for what has none of its own: rustrak.checks finds it.
UNDECLARED = [_undeclared]
#: For what only says whose credentials these are.
WHOEVER_ASKS: list[Callable[[HttpRequest], Any]] = [Token(), Session()]
#: For what a stolen token must not do.
SESSION_ONLY: list[Callable[[HttpRequest], Any]] = [no_token, Session(None, Capability.PROFILE_WRITE)]


def policy(callbacks: Any) -> str:
    """What an operation's `auth` says, in words; empty if it says nothing."""
    for each in callbacks:
        if isinstance(each, _Nothing):
            return f"public: {each.reason}"
        if isinstance(each, _Needs):
            reads, changes = each.needs
            return f"{reads or 'anybody'}/{changes or 'anybody'}"
    return ""


def password_user(request: HttpRequest, email: str, password: str) -> User | None:
    """The active user with this e-mail address and password, else None. Every way to sign in with a password uses it.

    The attempt is counted before a hash is computed, and taken back when the password is right. Raises
    problems.Forbidden where there are no passwords (OIDC_ONLY), problems.TooMany when there were too many failures, problems.Unavailable when too many sign in at once, and
    problems.BadInput for a password that is too long.
    """
    if settings.OIDC is not None and settings.OIDC.is_only_way:
        raise problems.Forbidden(f"There are no passwords here: sign in with {settings.OIDC.name}.")
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


def _found(text: str) -> ApiToken | None:
    """The token with this text. Its user has its limits. Raises TokenExpired."""
    found = ApiToken.objects.find(text) if is_token(text) else None
    if found is not None:
        found.user.token_projects = found.project_ids()
        if found.capabilities is not None:
            found.user.token_capabilities = with_implied(found.capabilities)
    return found


def _note_use(token: ApiToken) -> None:
    # Once a minute is precise enough to find unused tokens, and saves a write per request.
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at >= _USE_RECORDED_EVERY:
        write_if_free(lambda: ApiToken.objects.filter(pk=token.pk).update(last_used_at=now))


__all__ = [
    "SESSION_ONLY",
    "UNDECLARED",
    "WHOEVER_ASKS",
    "SignedInRequest",
    "needs",
    "needs_nothing",
    "needs_of_installation",
    "password_user",
    "policy",
    "require_csrf",
    "sender_may",
]
