"""/api/projects/{id}/fingerprint-rules"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues.fingerprint_rules import binding, preview, versions
from issues.models import FingerprintRules, Issue
from issues.payload import fields
from issues.payload.rules.parsing import parse
from issues.payload.rules.syntax import LONGEST_TEXT
from issues.trials import turn
from rustrak.lib import keyset, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["fingerprint rules"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))

RulesText = Annotated[Text, Field(max_length=2 * LONGEST_TEXT)]


class RulesIn(Input):
    """`version` is the one that was changed, 0 for none; when another one is in use by now, nothing is saved (409). Left out: saved
    whichever is in use."""

    model_config = example({"text": "type:OutOfStock -> out-of-stock", "version": 3})

    text: RulesText
    version: Annotated[int, Field(ge=0)] | None = None


class TextIn(Input):
    model_config = example({"text": "type:OutOfStock -> out-of-stock"})

    text: RulesText


class BindingIn(Input):
    """New events with the grouping key `key` go to the issue."""

    model_config = example({"key": "out-of-stock", "issue_id": "019315a0-5c1e-7d4f-8f43-6f1e2a9c77b1"})

    key: Annotated[Text, Field(min_length=1, max_length=4096)]
    issue_id: Annotated[UUID, Field(strict=False)]


class FingerprintRuleOut(Output):
    """One rule: what events get that it takes. Null: what they would have without it."""

    line: int
    text: str
    fingerprint: list[str] | None
    title: str | None
    level: str | None
    drop: bool


class RulesOut(Output):
    """One version. `version` is 0 when there never was one. `created_by` is the id of a user."""

    version: int
    is_in_use: bool
    text: str
    rules: list[FingerprintRuleOut]
    created_at: Moment | None
    created_by: int | None

    @classmethod
    def of(cls, project: Project, found: FingerprintRules | None) -> RulesOut:
        text = found.text if found else ""
        return cls(
            version=found.version if found else 0,
            is_in_use=found is None or found.version == project.fingerprint_rules_version,
            text=text,
            rules=[
                FingerprintRuleOut(
                    line=rule.line,
                    text=rule.text,
                    fingerprint=None if rule.fingerprint is None else list(rule.fingerprint),
                    title=rule.title,
                    level=None if rule.level is None else fields.LEVEL_NAMES[rule.level],
                    drop=rule.drop,
                )
                for rule in parse(text).rules
            ],
            created_at=found.created_at if found else None,
            created_by=found.created_by_id if found else None,
        )


class SourceOut(Output):
    """An issue that `moved` events leave and in which `kept` of those that were looked at stay."""

    issue_id: UUID | None
    short_id: str | None
    moved: int
    kept: int


class EventKindOut(Output):
    kind: str
    count: int


class DestinationOut(Output):
    """Where events go: to an issue, or to a new one (null). `kinds`: what the rule in `line` joins; several look different."""

    key: str
    line: int | None
    issue_id: UUID | None
    short_id: str | None
    moved: int
    sources: list[SourceOut]
    more_sources: int
    kinds: list[EventKindOut]
    joins_different: bool


class UseOut(Output):
    """What the rule in `line` takes. When that is nothing: `hidden` events that it matches are taken by the rules in `hidden_by`;
    `never`: the line of a rule that always takes what it matches."""

    line: int
    taken: int
    hidden: int
    hidden_by: list[int]
    never: int | None


class RulesPreviewOut(Output):
    """`moved` of the newest `looked` events go elsewhere: `before` issues become `after`. `is_whole`: there was time for all of the
    newest `found` events."""

    looked: int
    found: int
    is_whole: bool
    moved: int
    before: int
    after: int
    dropped: int
    retitled: int
    levelled: int
    destinations: list[DestinationOut]
    more_destinations: int
    rules: list[UseOut]

    @classmethod
    def of(cls, found: preview.Preview) -> RulesPreviewOut:
        return cls(
            looked=found.looked,
            found=found.found,
            is_whole=found.is_whole,
            moved=found.moved,
            before=found.before,
            after=found.after,
            dropped=found.dropped,
            retitled=found.retitled,
            levelled=found.levelled,
            destinations=[_destination(each) for each in found.destinations],
            more_destinations=found.more_destinations,
            rules=[
                UseOut(
                    line=use.rule.line,
                    taken=use.taken,
                    hidden=use.hidden,
                    hidden_by=list(use.hidden_by),
                    never=use.never,
                )
                for use in found.uses
            ],
        )


_version = Versioned()


@router.get("/api/projects/{int:project_id}/fingerprint-rules", response=RulesOut)
@_version.shown
def get_fingerprint_rules(request: SignedInRequest, project_id: int) -> RulesOut:
    """Return the rules in use."""
    project = visible_project(request.user, project_id)
    return RulesOut.of(project, versions.in_use(project))


@router.put("/api/projects/{int:project_id}/fingerprint-rules", response=RulesOut)
@_version.guarded(get_fingerprint_rules)
def change_fingerprint_rules(request: SignedInRequest, project_id: int, body: RulesIn) -> RulesOut:
    """Save rules as a new version, which is in use at once. Only admins of the project may do this."""
    project = visible_project(request.user, project_id)
    with _errors_as_json():
        made = versions.save(project, body.text, request.user, seen=body.version)
    return RulesOut.of(project, made)


@router.post("/api/projects/{int:project_id}/fingerprint-rules/preview", response=RulesPreviewOut)
def preview_fingerprint_rules(request: SignedInRequest, project_id: int, body: TextIn) -> RulesPreviewOut:
    """Return what rules would do with the newest stored events in place of those in use. Nothing is saved. Only admins of the project
    may do this."""
    project = visible_project(request.user, project_id)
    with _errors_as_json():
        return RulesPreviewOut.of(preview.of_change(project, body.text))


@router.get("/api/projects/{int:project_id}/fingerprint-rules/stored", response=RulesPreviewOut)
def get_misplaced_events(request: SignedInRequest, project_id: int) -> RulesPreviewOut:
    """Return which of the newest stored events are in other issues than new events like them, by the rules in use."""
    project = visible_project(request.user, project_id)
    with _errors_as_json():
        return RulesPreviewOut.of(preview.of_stored(project))


@router.post("/api/projects/{int:project_id}/fingerprint-rules/bindings", response={204: None})
def bind_grouping_key(request: SignedInRequest, project_id: int, body: BindingIn) -> Status[None]:
    """Have new events with a grouping key that no issue has yet go to an issue. Only admins of the project may do this."""
    project = visible_project(request.user, project_id)
    try:
        binding.bind(project, body.key, body.issue_id)
    except binding.NotPossible as error:
        raise problems.Conflict(str(error)) from None
    return Status(204, None)


@router.get("/api/projects/{int:project_id}/fingerprint-rules/versions", response=Listing[RulesOut])
def list_fingerprint_rules(
    request: SignedInRequest, project_id: int, query: Query[Paging]
) -> Listing[RulesOut]:
    """List the versions of the rules, newest first."""
    project = visible_project(request.user, project_id)
    rows = FingerprintRules.objects.filter(project=project)
    page = keyset.page(rows, ["version"], descending=True, cursor=query.cursor, limit=query.limit)
    return Listing[RulesOut].of(page, lambda found: RulesOut.of(project, found))


@router.get("/api/projects/{int:project_id}/fingerprint-rules/versions/{int:version}", response=RulesOut)
def get_version_of_fingerprint_rules(request: SignedInRequest, project_id: int, version: int) -> RulesOut:
    """Return one version of the rules."""
    project = visible_project(request.user, project_id)
    found = versions.of_version(project, version)
    if found is None:
        raise problems.NotFound("There is no such version, or no more.")
    return RulesOut.of(project, found)


def _destination(each: preview.Destination) -> DestinationOut:
    return DestinationOut(
        key=each.key or each.shown_key,
        line=each.line,
        issue_id=each.issue.pk if each.issue else None,
        short_id=each.issue.short_id if each.issue else None,
        moved=each.moved,
        sources=[_source(source.issue, source.moved, source.kept) for source in each.sources],
        more_sources=each.more_sources,
        kinds=[EventKindOut(kind=kind, count=count) for kind, count in each.kinds],
        joins_different=each.joins_different,
    )


def _source(issue: Issue | None, moved: int, kept: int) -> SourceOut:
    return SourceOut(
        issue_id=issue.pk if issue else None,
        short_id=issue.short_id if issue else None,
        moved=moved,
        kept=kept,
    )


@contextmanager
def _errors_as_json() -> Iterator[None]:
    """Turn the errors of issues.fingerprint_rules into the API's."""
    try:
        yield
    except versions.Invalid as invalid:
        raise problems.BadInput(f"text: {'; '.join(map(str, invalid.mistakes))}") from None
    except versions.Changed as changed:
        raise problems.Conflict(str(changed)) from None
    except turn.Busy as busy:
        raise problems.Unavailable(str(busy), retry_after=5) from None
