"""/api/projects/{id}/filters"""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Router
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from ingest.filters import changing, lines
from rustrak.lib import problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Output, Text, example

router = Router(tags=["filters"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))

# Longer ones get an error that names the line.
Patterns = Annotated[list[Annotated[Text, Field(max_length=4 * lines.MAX_LENGTH)]], Field(max_length=1_000)]


class FiltersPatch(Input):
    """What is left out does not change; a list replaces the one that was there. Patterns have `*` and `?`; `blocked_addresses` are
    addresses or networks."""

    model_config = example({"web_crawlers": True, "error_messages": ["*Failed to fetch*"]})

    browser_extensions: bool = False
    legacy_browsers: bool = False
    localhost: bool = False
    web_crawlers: bool = False
    error_messages: Patterns = []
    releases: Patterns = []
    allowed_origins: Patterns = []
    blocked_addresses: Patterns = []


class FiltersOut(Output):
    """What is discarded before it is stored. Without `allowed_origins` pages of every origin may send events."""

    browser_extensions: bool
    legacy_browsers: bool
    localhost: bool
    web_crawlers: bool
    error_messages: list[str]
    releases: list[str]
    allowed_origins: list[str]
    blocked_addresses: list[str]

    @classmethod
    def of(cls, project: Project) -> FiltersOut:
        stored = changing.of_project(project)
        shown: dict[str, Any] = {name: getattr(stored, name) for name in changing.RULES}
        shown |= {name: lines.split(getattr(stored, name)) for name in changing.LISTS}
        return cls(**shown)


_version = Versioned()


@router.get("/api/projects/{int:project_id}/filters", response=FiltersOut)
@_version.shown
def get_filters(request: SignedInRequest, project_id: int) -> FiltersOut:
    """Return the inbound filters of a project: which events are discarded before they are stored."""
    return FiltersOut.of(visible_project(request.user, project_id))


@router.patch("/api/projects/{int:project_id}/filters", response=FiltersOut)
@_version.guarded(get_filters)
def change_filters(request: SignedInRequest, project_id: int, body: FiltersPatch) -> FiltersOut:
    """Change the inbound filters of a project. They take effect within a few seconds. Only admins of the project may do this."""
    project = visible_project(request.user, project_id)
    given: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    for name in changing.LISTS:
        if name in given:
            given[name] = _text(name, given[name])
    if given:
        changing.save(project, given)
    return FiltersOut.of(project)


def _text(name: str, patterns: list[str]) -> str:
    """The patterns as they are stored. Raises BadInput."""
    if any(len(pattern.splitlines()) > 1 for pattern in patterns):
        raise problems.BadInput(f"{name}: a pattern must not contain a line break")
    try:
        return lines.clean(name, "\n".join(patterns))
    except lines.BadLines as bad:
        raise problems.BadInput("; ".join(f"{name}: {problem}" for problem in bad.problems)) from None
