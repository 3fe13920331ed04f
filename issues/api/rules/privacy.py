"""/api/privacy and /api/projects/{id}/privacy: what is removed from events before they are stored"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs, needs_of_installation
from issues.models import PrivacyRules
from issues.privacy import own, stored
from issues.privacy.addresses import Addresses
from issues.trials import privacy, turn
from rustrak.lib import problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Moment, Output, Text, example

router = Router(tags=["privacy"])

Treatment = Literal["keep", "truncate", "remove"]
Lines = Annotated[Text, Field(max_length=2 * own.MAX_LINES * own.MAX_LENGTH)]


class PrivacyIn(Input):
    """Rules, one in a line. `default_rules`: whether what Rustrak knows as secrets is removed; null for a project: as the installation
    says. `version` is the one that was changed; when another one is in use by now, nothing is saved (409). Left out: whichever is."""

    model_config = example(
        {"removed_names": "customer_*", "patterns": "ORD-[0-9]{6}", "addresses": "truncate", "version": 0}
    )

    default_rules: bool | None = None
    removed_names: Lines = ""
    kept_names: Lines = ""
    patterns: Lines = ""
    addresses: Treatment = "keep"
    version: Annotated[int, Field(ge=0)] | None = None

    @property
    def given(self) -> stored.Given:
        return stored.Given(
            self.default_rules,
            self.removed_names,
            self.kept_names,
            self.patterns,
            Addresses(self.addresses),
        )


class PrivacyOut(Output):
    """The rules in use. `version` is 0 where nobody decided anything."""

    default_rules: bool | None
    removed_names: str
    kept_names: str
    patterns: str
    addresses: Treatment
    version: int
    updated_at: Moment | None

    @classmethod
    def of(cls, row: PrivacyRules) -> PrivacyOut:
        return cls(
            default_rules=row.default_rules,
            removed_names=row.removed_names,
            kept_names=row.kept_names,
            patterns=row.patterns,
            addresses=Addresses(row.addresses).value,
            version=row.version,
            updated_at=row.updated_at if row.version else None,
        )


class KindOut(Output):
    """A kind of secret, or a rule, and how much it would remove."""

    kind: str
    values: int
    events: int


class ExampleOut(Output):
    """A value that would be removed. `issue_id` is null where the issue is gone."""

    event_id: UUID
    issue_id: UUID | None
    path: str
    kind: str
    before: str
    after: str


class TrialOut(Output):
    """`changed` of the newest `looked` events would lose `values` values. `is_whole`: there was time for all of the newest `found`."""

    looked: int
    found: int
    is_whole: bool
    changed: int
    values: int
    kinds: list[KindOut]
    more_kinds: int
    examples: list[ExampleOut]

    @classmethod
    def of(cls, trial: privacy.Trial) -> TrialOut:
        return cls(
            looked=trial.looked,
            found=trial.found,
            is_whole=trial.is_whole,
            changed=trial.changed,
            values=trial.values,
            kinds=[KindOut(kind=each.name, values=each.values, events=each.events) for each in trial.kinds],
            more_kinds=trial.more_kinds,
            examples=[
                ExampleOut(
                    event_id=each.event,
                    issue_id=each.issue.pk if each.issue else None,
                    path=each.path,
                    kind=each.kind,
                    before=each.before,
                    after=each.after,
                )
                for each in trial.examples
            ],
        )


_OF_PROJECT = needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN)
_OF_INSTALLATION = needs_of_installation(Capability.ORG_READ, Capability.ORG_WRITE)
_version = Versioned()


@router.get("/api/projects/{int:project_id}/privacy", response=PrivacyOut, auth=_OF_PROJECT)
@_version.shown
def get_privacy_rules(request: SignedInRequest, project_id: int) -> PrivacyOut:
    """Return what is removed from the events of a project besides what the installation removes."""
    return PrivacyOut.of(stored.row_of(visible_project(request.user, project_id)))


@router.put("/api/projects/{int:project_id}/privacy", response=PrivacyOut, auth=_OF_PROJECT)
@_version.guarded(get_privacy_rules)
def change_privacy_rules(request: SignedInRequest, project_id: int, body: PrivacyIn) -> PrivacyOut:
    """Replace the privacy rules of a project. They count for events that are processed from then on."""
    project = visible_project(request.user, project_id)
    with _errors_as_json():
        return PrivacyOut.of(stored.save(project, body.given, seen=body.version))


@router.post("/api/projects/{int:project_id}/privacy/try", response=TrialOut, auth=_OF_PROJECT)
def try_privacy_rules(request: SignedInRequest, project_id: int, body: PrivacyIn) -> TrialOut:
    """Return what rules would remove from the newest stored events of a project. Nothing is saved or changed."""
    project = visible_project(request.user, project_id)
    with _errors_as_json():
        return TrialOut.of(privacy.of_change(project, body.given))


@router.get("/api/privacy", response=PrivacyOut, auth=_OF_INSTALLATION)
@_version.shown
def get_privacy_rules_of_installation(request: SignedInRequest) -> PrivacyOut:
    """Return what is removed from the events of all projects."""
    return PrivacyOut.of(stored.row_of(None))


@router.put("/api/privacy", response=PrivacyOut, auth=_OF_INSTALLATION)
@_version.guarded(get_privacy_rules_of_installation)
def change_privacy_rules_of_installation(request: SignedInRequest, body: PrivacyIn) -> PrivacyOut:
    """Replace the privacy rules of the installation. They count in all projects, for events that are processed from then on."""
    with _errors_as_json():
        return PrivacyOut.of(stored.save(None, body.given, seen=body.version))


@router.post("/api/privacy/try", response=TrialOut, auth=_OF_INSTALLATION)
def try_privacy_rules_of_installation(request: SignedInRequest, body: PrivacyIn) -> TrialOut:
    """Return what rules of the installation would remove from the newest stored events of all projects. Nothing is saved or changed."""
    with _errors_as_json():
        return TrialOut.of(privacy.of_change(None, body.given))


@contextmanager
def _errors_as_json() -> Iterator[None]:
    """Turn the errors of privacy rules and their trials into the API's."""
    try:
        yield
    except stored.Invalid as invalid:
        raise problems.BadInput(str(invalid)) from None
    except stored.Changed as changed:
        raise problems.Conflict(str(changed)) from None
    except turn.Busy as busy:
        raise problems.Unavailable(str(busy), retry_after=5) from None
