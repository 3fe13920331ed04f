"""The JSON API: one instance, mounted by issues.api.urls. Every route needs a session or a token unless it says not."""

from __future__ import annotations

from django.conf import settings

from accounts.api import router as people
from accounts.credentials import TOKEN_OR_SESSION
from issues.api.attachments import router as attachments
from issues.api.events import router as events
from issues.api.history import router as history
from issues.api.issues import router as issues
from issues.api.pages import router as contract
from issues.api.projects import router as projects
from rustrak.lib.jsonapi import JsonApi

api = JsonApi(
    title="Rustrak",
    description=(
        "Lists come in parts: pass `next_cursor` as `cursor` to get the following one. Times are RFC 3339 in UTC. "
        'An error is `{"error": {"type", "message"}}`.'
    ),
    auth=TOKEN_OR_SESSION,
    urls_namespace="json-api",
    openapi_extra={"externalDocs": {"url": f"{settings.PUBLIC_URL}/", "description": "This installation"}},
)
for router in (people, projects, issues, history, events, attachments, contract):
    api.add_router("", router)
