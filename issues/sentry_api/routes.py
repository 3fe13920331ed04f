"""The addresses of Sentry's web API. docs/sentry-api.md lists them with the clients that use them; a test compares."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from accounts.access import public
from issues.sentry_api.account.organizations import router as organizations
from issues.sentry_api.account.projects import router as projects
from issues.sentry_api.account.token_page import token_page
from issues.sentry_api.account.user import router as user
from issues.sentry_api.account.wizard import router as wizard
from issues.sentry_api.base.api import SentryApi, error
from issues.sentry_api.issues.committers import router as committers
from issues.sentry_api.issues.events import router as events
from issues.sentry_api.issues.issue import router as issue
from issues.sentry_api.issues.lists import router as issues
from issues.sentry_api.issues.monitors import router as monitors
from issues.sentry_api.issues.notes import router as notes
from issues.sentry_api.releases.commits import router as commits
from issues.sentry_api.releases.deploys import router as deploys
from issues.sentry_api.releases.releases import router as releases
from issues.sentry_api.uploads.routing import ROUTERS as UPLOADS
from rustrak.lib import problems

api = SentryApi()
# A version may have any characters, "/" too: what has something behind the version comes before the release itself. So uploads come
# before releases.
for router in (
    user, wizard, organizations, projects, issues, issue, notes, events, committers, monitors, *UPLOADS, commits, deploys, releases,
):  # fmt: skip
    api.mount(router)


@public("only returns a 404")
def missing(request: HttpRequest) -> HttpResponse:
    return error(problems.NotFound("Rustrak has nothing at this address of Sentry's API."))


missing.csrf_exempt = True  # type: ignore[attr-defined]

app_name = "sentry_api"
urlpatterns = [
    *api.patterns,
    path("orgredirect/organizations/<str:organization>/settings/auth-tokens/", token_page),
    path("organizations/<str:organization>/settings/auth-tokens/", token_page),
    path("settings/<str:organization>/auth-tokens/", token_page),
    path("settings/account/api/auth-tokens/", token_page),
    re_path(r"^api/0(?:/.*)?$", missing),
]
