"""/api/projects/{id}/alert-rules"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from django.db.models import Sum
from ninja import Query, Router
from ninja.responses import Status
from pydantic import AfterValidator, Field, WithJsonSchema

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues.alerts.rules import defaults, stored
from issues.alerts.rules.values import RuleValues
from issues.models import AlertMark, AlertRule
from rustrak.lib import keyset, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["alerts"], auth=needs(Capability.ALERTS_READ, Capability.ALERTS_WRITE))

Trigger = Literal[
    "new", "regressed", "unmuted", "escalating", "spike", "monitor_failed", "monitor_recovered",
]  # fmt: skip
LevelName = Literal["debug", "info", "warning", "error", "fatal"]
Unit = Literal["events", "users"]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


def _person(value: object) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**63:
        return value
    if isinstance(value, str) and "@" in value and "\0" not in value:
        return value
    raise ValueError("must be the id of a user, or an e-mail address")


Person = Annotated[
    Any,
    AfterValidator(_person),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "format": "email"}]}),
]
Texts = Annotated[list[Text], Field(max_length=1_000)]
# What the columns of a rule are called here, where that is another name.
_NAMES = {
    "amount": "escalating.amount", "unit": "escalating.unit", "minutes": "escalating.minutes", "times": "spike_times",
}  # fmt: skip
_NO_RULE = "This project has no such alert rule."


class EscalatingIn(Input):
    """So many events or users in so many minutes. What is left out does not change."""

    amount: int = 100
    unit: Unit = "events"
    minutes: int = 60


class TagIn(Input):
    """A tag that the event must have; `*` in the value stands for any text."""

    key: Text
    value: Text


class RulePatch(Input):
    """What is left out does not change. Empty filters let everything pass; of a list one item must match.

    `people` are ids of users or e-mail addresses. `cooldown_minutes` is for one issue and trigger; 0: every time.
    """

    model_config = example({"triggers": ["escalating"], "escalating": {"amount": 50, "unit": "users"}})

    name: Text = ""
    is_enabled: bool = True
    triggers: Annotated[list[Trigger], Field(max_length=50)] = []
    escalating: EscalatingIn = EscalatingIn()
    spike_times: int = 5
    only_errors: bool = False
    levels: Annotated[list[LevelName], Field(max_length=50)] = []
    environments: Texts = []
    releases: Texts = []
    tags: Annotated[list[TagIn], Field(max_length=1_000)] = []
    query: Text = ""
    channels: Annotated[list[Id], Field(max_length=1_000)] = []
    to_members: bool = False
    to_assignee: bool = False
    people: Annotated[list[Person], Field(max_length=1_000)] = []
    cooldown_minutes: int = 60


class RuleIn(RulePatch):
    """A rule needs a name, a trigger and somebody to tell. What else is left out has the default."""

    model_config = example(
        {
            "name": "Payments",
            "triggers": ["new", "regressed"],
            "environments": ["production"],
            "to_members": True,
        }
    )

    name: Text
    triggers: Annotated[list[Trigger], Field(max_length=50)]


class EscalatingOut(Output):
    amount: int
    unit: Unit
    minutes: int


class RuleTagOut(Output):
    key: str
    value: str


class AlertRuleOut(Output):
    """A rule. `people` are ids of users. `suppressed` counts what its cooldown has held back, until it tells of the same
    issue again."""

    id: int
    project_id: int
    name: str
    is_enabled: bool
    triggers: list[Trigger]
    escalating: EscalatingOut
    spike_times: int
    only_errors: bool
    levels: list[LevelName]
    environments: list[str]
    releases: list[str]
    tags: list[RuleTagOut]
    query: str
    channels: list[int]
    to_members: bool
    to_assignee: bool
    people: list[int]
    cooldown_minutes: int
    suppressed: int
    created_at: Moment
    updated_at: Moment


_version = Versioned("suppressed")


@router.get("/api/projects/{int:project_id}/alert-rules", response=Listing[AlertRuleOut])
def list_alert_rules(
    request: SignedInRequest, project_id: int, query: Query[Paging]
) -> Listing[AlertRuleOut]:
    """List the project's alert rules, oldest first."""
    project = visible_project(request.user, project_id)
    defaults.ensure_if_free(project)
    page = keyset.page(
        AlertRule.objects.filter(project=project).prefetch_related("channels", "people"),
        ["id"],
        descending=False,
        cursor=query.cursor,
        limit=query.limit,
    )
    counts = _suppressed(page.items)
    return Listing[AlertRuleOut].of(page, lambda rule: _rule_out(rule, counts.get(rule.pk, 0)))


@router.post("/api/projects/{int:project_id}/alert-rules", response={201: AlertRuleOut})
def create_alert_rule(request: SignedInRequest, project_id: int, body: RuleIn) -> Status[AlertRuleOut]:
    """Create an alert rule. Only admins of the project may do this."""
    project = visible_project(request.user, project_id)
    defaults.ensure(project)
    with errors_as_json():
        rule = stored.create(project, new_values(project, body), request.user)
    return Status(201, _rule_out(rule, 0))


@router.get("/api/projects/{int:project_id}/alert-rules/{int:rule_id}", response=AlertRuleOut)
@_version.shown
def get_alert_rule(request: SignedInRequest, project_id: int, rule_id: int) -> AlertRuleOut:
    """Return one alert rule."""
    return _shown(rule_of(visible_project(request.user, project_id), rule_id))


@router.patch("/api/projects/{int:project_id}/alert-rules/{int:rule_id}", response=AlertRuleOut)
@_version.guarded(get_alert_rule)
def change_alert_rule(
    request: SignedInRequest, project_id: int, rule_id: int, body: RulePatch
) -> AlertRuleOut:
    """Change an alert rule. Only admins of the project may do this."""
    project = visible_project(request.user, project_id)
    rule = rule_of(project, rule_id)
    with errors_as_json():
        stored.change(rule, changed_values(project, body))
    return _shown(rule_of(project, rule_id))


@router.delete("/api/projects/{int:project_id}/alert-rules/{int:rule_id}", response={204: None})
@_version.guarded(get_alert_rule)
def delete_alert_rule(request: SignedInRequest, project_id: int, rule_id: int) -> Status[None]:
    """Delete an alert rule; messages of it that wait are not sent. Only admins of the project may do this."""
    stored.delete(rule_of(visible_project(request.user, project_id), rule_id))
    return Status(204, None)


def rule_of(project: Project, rule_id: int) -> AlertRule:
    """The project's rule with this id. Raises NotFound."""
    rules = AlertRule.objects.filter(project=project, pk=rule_id).prefetch_related("channels", "people")
    found = rules.first()
    if found is None:
        raise problems.NotFound(_NO_RULE)
    return found


def new_values(project: Project, body: RuleIn) -> RuleValues:
    """What a new rule has, with the defaults for what is left out. Raises BadInput as `changed_values` does."""
    return RuleValues(**{"name": body.name, **changed_values(project, body)})


def changed_values(project: Project, body: RulePatch) -> dict[str, Any]:
    """The fields of RuleValues that `body` names. Raises BadInput for e-mail addresses of people without a part in the project."""
    given: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if "escalating" in given:
        escalating = given.pop("escalating")
        given |= {name: getattr(escalating, name) for name in escalating.model_fields_set}
    if "spike_times" in given:
        given["times"] = given.pop("spike_times")
    if "tags" in given:
        given["tags"] = [(tag.key, tag.value) for tag in body.tags]
    if "people" in given:
        given["people"] = _people(project, body.people)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _people(project: Project, named: Iterable[int | str]) -> list[int]:
    keys = [each for each in named if isinstance(each, int)]
    emails = list(dict.fromkeys(each.strip().lower() for each in named if isinstance(each, str)))
    if not emails:
        return keys
    found = dict(stored.usable_people(project).filter(email__in=emails).values_list("email", "pk"))
    if missing := [email for email in emails if email not in found]:
        # The same for an address without an account.
        raise problems.BadInput(f"people: not members of this project: {', '.join(missing)}")
    return keys + list(found.values())


def _shown(rule: AlertRule) -> AlertRuleOut:
    return _rule_out(rule, _suppressed([rule]).get(rule.pk, 0))


def _suppressed(rules: list[AlertRule]) -> dict[int, int]:
    """By rule: how many messages its cooldown has held back."""
    marks = AlertMark.objects.filter(rule__in=[rule.pk for rule in rules], suppressed__gt=0)
    return dict(marks.values_list("rule").annotate(total=Sum("suppressed")).order_by())


def _rule_out(rule: AlertRule, suppressed: int) -> AlertRuleOut:
    chosen = stored.values(rule)
    return AlertRuleOut.model_validate(
        {
            "id": rule.pk,
            "project_id": rule.project_id,
            "name": chosen.name,
            "is_enabled": chosen.is_enabled,
            "triggers": list(chosen.triggers),
            "escalating": {"amount": chosen.amount, "unit": chosen.unit, "minutes": chosen.minutes},
            "spike_times": chosen.times,
            "only_errors": chosen.only_errors,
            "levels": list(chosen.levels),
            "environments": list(chosen.environments),
            "releases": list(chosen.releases),
            "tags": [{"key": key, "value": value} for key, value in chosen.tags],
            "query": chosen.query,
            "channels": list(chosen.channels),
            "to_members": chosen.to_members,
            "to_assignee": chosen.to_assignee,
            "people": list(chosen.people),
            "cooldown_minutes": chosen.cooldown_minutes,
            "suppressed": suppressed,
            "created_at": rule.created_at,
            "updated_at": rule.updated_at,
        }
    )


@contextmanager
def errors_as_json() -> Iterator[None]:
    """Turn the errors of issues.alerts.rules.stored into the API's, under the names that fields have here."""
    try:
        yield
    except stored.Invalid as invalid:
        sentences = (
            f"{_NAMES.get(name, name)}: {text}" if name else text for name, text in invalid.errors.items()
        )
        raise problems.BadInput("; ".join(sentences)) from None
    except AlertRule.DoesNotExist:
        raise problems.NotFound(_NO_RULE) from None
