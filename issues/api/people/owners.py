"""/api/projects/{id}/owners"""

from __future__ import annotations

from typing import Annotated

from ninja import Router
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues.ownership import stored
from issues.ownership.matching import RuleSet
from issues.ownership.syntax import LONGEST
from rustrak.lib import problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Moment, Output, Text, example

router = Router(tags=["owners"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))


class OwnersIn(Input):
    """`text` are the rules, one in a line; empty for none. With `based_on`, the version that you have seen, nothing is saved when
    another one is in use."""

    model_config = example({"text": "path:src/pay/* #payments", "based_on": 0})

    text: Annotated[Text, Field(max_length=LONGEST)]
    based_on: int | None = None


class OwnersOut(Output):
    """The rules in use. `version` is 0 when there are none. `unknown` are the names in them that mean nobody who can see the
    project: lines without another owner assign nobody."""

    version: int
    text: str
    unknown: list[str]
    created_at: Moment | None
    created_by: str | None

    @classmethod
    def of(cls, project: Project) -> OwnersOut:
        rules = stored.in_use(project)
        by = rules.created_by if rules else None
        return cls(
            version=rules.version if rules else 0,
            text=rules.text if rules else "",
            unknown=stored.unknown_owners(project, RuleSet(rules.text)) if rules else [],
            created_at=rules.created_at if rules else None,
            created_by=by.get_short_name() if by else None,
        )


# Who can see the project changes what is unknown.
_version = Versioned("unknown")


@router.get("/api/projects/{int:project_id}/owners", response=OwnersOut)
@_version.shown
def get_owners(request: SignedInRequest, project_id: int) -> OwnersOut:
    """Return the project's ownership rules."""
    return OwnersOut.of(visible_project(request.user, project_id))


@router.put("/api/projects/{int:project_id}/owners", response=OwnersOut)
@_version.guarded(get_owners)
def set_owners(request: SignedInRequest, project_id: int, body: OwnersIn) -> OwnersOut:
    """Save ownership rules as a new version, which assigns new issues from now on. Only admins of the project may."""
    project = visible_project(request.user, project_id)
    try:
        stored.save(project, body.text, request.user, based_on=body.based_on)
    except stored.Invalid as invalid:
        raise problems.BadInput("; ".join(f"text: {each}" for each in invalid.mistakes)) from None
    except stored.Changed as error:
        raise problems.Conflict(str(error)) from None
    return OwnersOut.of(project)
