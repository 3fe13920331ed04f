"""All routes of the JSON API, mounted by rustrak.api.urls. Each router says what its operations need."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix

from accounts.access import Capability
from accounts.api import router as accounts
from accounts.audit.api import router as audit
from accounts.credentials import UNDECLARED, needs, needs_of_installation, policy
from accounts.invitations.api import router as invitations
from accounts.keys.api import router as keys
from accounts.people.api import router as people
from accounts.people.members_api import router as members
from accounts.teams.api import router as teams
from accounts.teams.projects_api import router as project_teams
from ingest.api.filters import router as filters
from ingest.api.ledger import router as ledger
from ingest.api.limits import router as limits
from ingest.api.requests import router as requests
from issues.api.alert_channels import router as alert_channels
from issues.api.alert_history import router as alert_history
from issues.api.alert_preferences import router as alert_preferences
from issues.api.alert_previews import router as alert_previews
from issues.api.alert_rules import router as alert_rules
from issues.api.attachments import router as attachments
from issues.api.bulk_actions import router as bulk_actions
from issues.api.events import router as events
from issues.api.external_issues import router as external_issues
from issues.api.feedback import router as feedback
from issues.api.grouping.groupings import router as groupings
from issues.api.grouping.look_alikes import router as look_alikes
from issues.api.history import router as history
from issues.api.issues import router as issues
from issues.api.monitors import router as monitors
from issues.api.people.comments import router as comments
from issues.api.people.forgetting import router as forgetting
from issues.api.people.owners import router as owners
from issues.api.projects import router as projects
from issues.api.releases.commits import router as commits
from issues.api.releases.remappings import router as remappings
from issues.api.releases.repositories import router as repositories
from issues.api.releases.routes import router as releases
from issues.api.releases.suspects import router as suspects
from issues.api.rules.fingerprint_rules import router as fingerprint_rules
from issues.api.rules.privacy import router as privacy
from issues.api.saved_searches import router as saved_searches
from issues.api.sessions import router as sessions
from rustrak.api.description import Description
from rustrak.lib.jsonapi import JsonApi
from rustrak.lib.version import version

api = JsonApi(
    title="Rustrak",
    version=version(),
    description=(
        "Lists are paginated: pass `next_cursor` as `cursor` to get the next page. Times are RFC 3339 in UTC. "
        'Errors are `{"error": {"type", "message"}}`.'
    ),
    auth=UNDECLARED,
    policy=policy,
    urls_namespace="json-api",
    openapi_extra={"externalDocs": {"url": f"{settings.PUBLIC_URL}/", "description": "This installation"}},
)
for router in (
    accounts, people, members, invitations, teams, project_teams, projects, keys, bulk_actions, issues, history, comments, owners, forgetting, events, attachments, feedback, alert_channels, alert_rules,
    alert_previews, alert_history, alert_preferences, external_issues, saved_searches,
    monitors, sessions, filters, limits, ledger, requests, groupings, look_alikes, suspects, repositories, commits, remappings, releases, fingerprint_rules, privacy,
):  # fmt: skip
    api.add_router("", router)
# It is below the credentials, so it cannot say it itself.
api.add_router("", audit, auth=needs_of_installation(Capability.AUDIT_READ, Capability.AUDIT_READ))


@lru_cache(maxsize=2)
def document(prefix: str) -> dict[str, Any]:
    """The OpenAPI document of an installation that is mounted at `prefix`. Made once in the life of a process."""
    return Description(api, prefix)


@api.get("/api/openapi.json", include_in_schema=False, auth=needs(Capability.ORG_READ, Capability.ORG_READ))
def openapi(request: HttpRequest) -> dict[str, Any]:
    return document(get_script_prefix())
