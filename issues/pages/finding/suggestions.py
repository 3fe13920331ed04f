"""What the search field offers while somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member, signed_in
from accounts.models import Project
from issues.search import Scope, TookTooLong, limited
from issues.search.suggestions import suggest
from rustrak.lib import clock

#: Suggestions that take longer come too late.
SECONDS = 0.5


@member
@require_safe
def project_suggestions(request: SignedInRequest, project: Project) -> HttpResponse:
    """`{"suggestions": [{"text", "about", "start", "end"}]}` for the text `q` with the cursor after `cursor` characters, at its end
    without. `text` replaces the characters from `start` to `end`; a character is a Unicode code point. With `of=events` for the
    events of an issue."""
    return _suggestions(request, [project])


@signed_in(reads=Capability.EVENT_READ)
@require_safe
def all_suggestions(request: SignedInRequest) -> HttpResponse:
    """The same for the list across all projects that the user may see."""
    return _suggestions(request, list(Project.objects.visible_to(request.user).by_name()))


def _suggestions(request: SignedInRequest, projects: Sequence[Project]) -> HttpResponse:
    text, cursor = request.GET.get("q", ""), request.GET.get("cursor", "")
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 7):
        return JsonResponse({"error": "cursor must be a number of characters"}, status=400)
    scope = Scope(projects, request.user, clock.now())
    at = int(cursor) if cursor else len(text)
    try:
        with limited(SECONDS):
            found = suggest(text, at, scope, of_events=request.GET.get("of") == "events")
    except TookTooLong:
        found = []
    return JsonResponse({"suggestions": [asdict(each) for each in found]})
