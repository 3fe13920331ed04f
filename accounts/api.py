"""The JSON API of accounts: /auth/… and /api/tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Literal

from django.conf import settings
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.decorators import decorate_view
from ninja.responses import Status
from pydantic import ConfigDict, Field

from accounts import audit, bootstrap
from accounts.access import Capability, SignedInRequest
from accounts.credentials import SESSION_ONLY, WHOEVER_ASKS, needs_nothing, password_user, require_csrf
from accounts.models import ApiToken, Project, TooManyTokens, User
from accounts.sign_in import attempts, limits, second_factors
from accounts.tokens import issuing
from rustrak.lib import clock, keyset, problems
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router()

ProjectId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Credentials(Input):
    model_config = example({"email": "ana@example.org", "password": "correct horse battery staple"})

    email: Text
    password: Text


class SignInIn(Credentials):
    """`code` is one of the authenticator app, or a recovery code, of people who have a second factor."""

    code: Annotated[Text, Field(max_length=32)] = ""


class UserOut(Output):
    id: int
    email: str
    is_admin: bool

    @classmethod
    def of(cls, user: User) -> UserOut:
        return cls(id=user.pk, email=user.email, is_admin=user.is_admin)


class SignedIn(Output):
    user: UserOut


class TokenIn(Input):
    """`capabilities`: what the token may do of what you may do; null: all of it, now and later. `projects`: the ids of those that it is for;
    null: all of yours. `expires_in_days` is null for a token that does not end. `form` is `sentry` for clients of Sentry: the token
    tells them where the server is. `organization` is what the clients' configuration calls it, if it has one. Other fields are
    refused, so that no limit is lost by a typing error."""

    model_config = example(
        {
            "description": "deploys",
            "capabilities": ["project:releases"],
            "projects": [1],
            "expires_in_days": 90,
        }
    ) | ConfigDict(extra="forbid")

    description: Annotated[Text, Field(max_length=200)] = ""
    capabilities: (
        Annotated[list[Annotated[Capability, Field(strict=False)]], Field(max_length=100)] | None
    ) = None
    projects: Annotated[list[ProjectId], Field(max_length=issuing.MOST_PROJECTS)] | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=issuing.MOST_DAYS)] | None = None
    form: Literal["plain", "sentry"] = "plain"
    organization: Annotated[Text, Field(max_length=50)] = ""


class TokenOut(Output):
    """`capabilities` and `projects` are null for a token without these limits, `expires_at` for one that does not end. `last_used_at` is
    written once a minute at most."""

    id: int
    token_prefix: str
    description: str
    capabilities: list[str] | None
    projects: list[int] | None
    expires_at: Moment | None
    created_at: Moment
    last_used_at: Moment | None

    @classmethod
    def of(cls, token: ApiToken) -> TokenOut:
        return cls(**_shown(token), last_used_at=token.last_used_at)


class NewToken(Output):
    """A new token. `token` is its text, which no later answer contains."""

    id: int
    token: str
    token_prefix: str
    description: str
    capabilities: list[str] | None
    projects: list[int] | None
    expires_at: Moment | None
    created_at: Moment


def json_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse bodies that are not JSON. Forms of other sites cannot send JSON, so no CSRF token is needed."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.content_type != "application/json":
            return problems.answer(
                problems.UnsupportedMediaType("Send the body with Content-Type: application/json.")
            )
        return view(request, *args, **kwargs)

    return guarded


@router.post(
    "/auth/login",
    auth=needs_nothing("whoever signs in is not signed in yet"),
    response=SignedIn,
    tags=["auth"],
)
@decorate_view(json_only)
def login(request: HttpRequest, body: SignInIn) -> SignedIn:
    """Start a session. The answer to a wrong password does not reveal whether the account exists."""
    user = password_user(request, body.email, body.password)
    if user is None:
        raise problems.Unauthorized("Incorrect e-mail or password.")
    if second_factors.is_needed(user) and second_factors.check_code(request, user, body.code) is None:
        raise problems.Unauthorized(
            "code: not right, or used before"
            if body.code
            else "code: this account needs one of its second factor"
        )
    return _signed_in(request, user)


@router.post(
    "/auth/register", auth=needs_nothing("REGISTRATION decides"), response={201: SignedIn}, tags=["auth"]
)
@decorate_view(json_only)
def register(request: HttpRequest, body: Credentials) -> Status[SignedIn]:
    """Create an account and start a session, if registration is open."""
    if settings.OIDC is not None and settings.OIDC.is_only_way:
        raise problems.Forbidden(f"There are no passwords here: sign in with {settings.OIDC.name}.")
    if not bootstrap.registration_is_open():
        raise problems.Forbidden("Registration is not open. Ask an admin for an invitation.")
    # Before anything is hashed, and before the answer says whether the address has an account.
    attempts.reserve(limits.sign_up(str(request.META.get("REMOTE_ADDR", ""))), clock.now())
    email = body.email.strip().lower()
    try:
        validate_email(email)
        validate_password(body.password, User(email=email))
    except ValidationError as error:
        raise problems.BadInput(" ".join(error.messages)) from None
    taken = problems.BadInput("email: an account with this address already exists")
    if len(email) > 254 or User.objects.filter(email=email).exists():
        raise taken if len(email) <= 254 else problems.BadInput("email: too long")
    user = User(email=email)
    user.set_password(body.password)  # waits for its turn, so before the transaction
    try:
        with transaction.atomic():
            user.save()
            audit.record(audit.Action.PERSON_CREATE, user, by=user)
    except IntegrityError:
        raise taken from None
    return Status(201, _signed_in(request, user))


@router.post(
    "/auth/logout",
    auth=needs_nothing("without a session there is nothing to end"),
    response={204: None},
    tags=["auth"],
)
def logout(request: HttpRequest) -> Status[None]:
    """End the session, if there is one."""
    if request.user.is_authenticated:
        require_csrf(request)
        end_session(request)
    return Status(204, None)


@router.get("/auth/me", auth=WHOEVER_ASKS, response=UserOut, tags=["auth"])
def me(request: SignedInRequest) -> UserOut:
    """The user of the session or token."""
    return UserOut.of(request.user)


@router.get("/api/tokens", auth=SESSION_ONLY, response=Listing[TokenOut], tags=["tokens"])
def list_tokens(request: SignedInRequest, paging: Query[Paging]) -> Listing[TokenOut]:
    """Your tokens, newest first."""
    tokens = keyset.page(
        request.user.api_tokens.prefetch_related("projects"),
        ["id"],
        descending=True,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return Listing[TokenOut].of(tokens, TokenOut.of)


@router.post("/api/tokens", auth=SESSION_ONLY, response={201: NewToken}, tags=["tokens"])
def create_token(request: SignedInRequest, body: TokenIn) -> Status[NewToken]:
    """Create a token with your own permissions, or with less."""
    projects = None
    if body.projects is not None:
        projects = list(Project.objects.visible_to(request.user).filter(pk__in=body.projects))
        if missing := set(body.projects) - {project.pk for project in projects}:
            raise problems.NotFound(f"projects: you have no project with the id {min(missing)}")
    try:
        token, text = issuing.issue(
            request.user,
            body.description,
            form=body.form,
            projects=projects,
            capabilities=body.capabilities,
            days=body.expires_in_days,
            organization=body.organization,
        )
    except TooManyTokens as full:
        raise problems.Conflict(str(full)) from None
    except issuing.Refused as refused:
        raise problems.BadInput(f"{refused.field}: {refused}") from None
    return Status(201, NewToken(**_shown(token), token=text))


@router.delete("/api/tokens/{int:token_id}", auth=SESSION_ONLY, response={204: None}, tags=["tokens"])
def delete_token(request: SignedInRequest, token_id: int) -> Status[None]:
    """Revoke one of your tokens, immediately."""
    token = request.user.api_tokens.select_related("user").filter(pk=token_id).first()
    if token is None:
        raise problems.NotFound("You have no token with this id.")
    issuing.revoke(token)
    return Status(204, None)


def _shown(token: ApiToken) -> dict[str, Any]:
    """What every answer says of a token."""
    found = token.project_ids()
    return {
        "id": token.pk,
        "token_prefix": token.prefix,
        "description": token.description,
        "capabilities": token.capabilities,
        "projects": None if found is None else sorted(found),
        "expires_at": token.expires_at,
        "created_at": token.created_at,
    }


def _signed_in(request: HttpRequest, user: User) -> SignedIn:
    start_session(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return SignedIn(user=UserOut.of(user))
