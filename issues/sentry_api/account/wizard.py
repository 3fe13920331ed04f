"""What sentry-wizard asks for, without a token: a code, and what the person who opened its page has agreed to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts.credentials import needs_nothing
from accounts.tokens import wizard
from issues.sentry_api.account.organizations import organization_out
from issues.sentry_api.account.projects import project_out
from issues.sentry_api.account.user import scopes
from issues.sentry_api.base.places import ORGANIZATION
from rustrak.lib import problems

router = Router()

_BY_CODE = needs_nothing(
    "a wizard has no account: its code, which somebody agrees to, takes the place of one"
)


@router.get("/api/0/wizard", auth=_BY_CODE, summary="sentry-wizard")
def code(request: HttpRequest) -> dict[str, Any]:
    """A code, with which the wizard opens a page in the browser and asks at the next address. It is valid for ten minutes."""
    return {"hash": wizard.new_code()}


@router.get("/api/0/wizard/{code}", auth=_BY_CODE, summary="sentry-wizard")
def granted(request: HttpRequest, code: str) -> dict[str, Any]:
    """The token and its project. 404 until somebody has agreed, and once the token was used."""
    found = _found(code)
    if found is None:
        raise problems.NotFound("Nobody has agreed yet, or the token has been fetched.")
    token, text = found
    project = token.projects.first()
    if project is None:
        raise problems.NotFound("The project of this token is gone.")
    organization = organization_out(ORGANIZATION)
    key = {"name": "Default", "isActive": True, "dsn": {"public": project.dsn}}
    shown = project_out(project) | {
        "organization": organization | {"region": settings.PUBLIC_URL},
        "keys": [key],
    }
    return {"apiKeys": {"token": text, "scopes": scopes(frozenset(wizard.CAPABILITIES))}, "projects": [shown]}


@router.delete("/api/0/wizard/{code}", auth=_BY_CODE, response={204: None}, summary="sentry-wizard")
def finish(request: HttpRequest, code: str) -> HttpResponse:
    """The wizard has the token; it is not told again."""
    if _found(code):
        wizard.finish(code)
    return HttpResponse(status=204)


def _found(code: str) -> tuple[Any, str] | None:
    try:
        return wizard.granted(code)
    except wizard.BadCode:
        raise problems.NotFound("This code of a wizard is not valid any more.") from None
