"""/api/projects/{id}/alert-rules/preview and …/alert-rules/{id}/preview"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ninja import Router

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from issues.alerts.rules import preview, stored
from issues.api.alert_rules import RuleIn, RulePatch, changed_values, errors_as_json, new_values, rule_of
from rustrak.lib import clock
from rustrak.lib.schemas import Moment, Output

router = Router(tags=["alerts"], auth=needs(Capability.ALERTS_READ, Capability.ALERTS_READ))


class PreviewMessage(Output):
    """A message that would have gone to each channel and person of the rule. `total` is how many news a burst has."""

    at: Moment
    news: str
    issue_id: str | None
    short_id: str | None
    title: str
    detail: str
    total: int


class DayCount(Output):
    day: date
    count: int


class AlertPreviewOut(Output):
    """What a rule would have sent in the past 7 days, as far as what is stored tells.

    `items` are the latest of `total` messages. `suppressed` were held back by the cooldown, `collected` are in messages
    about a burst. `notes` say what cannot be known exactly.
    """

    items: list[PreviewMessage]
    total: int
    by_trigger: dict[str, int]
    by_day: list[DayCount]
    suppressed: int
    collected: int
    notes: list[str]


@router.post("/api/projects/{int:project_id}/alert-rules/preview", response=AlertPreviewOut)
def preview_alert_rule(request: SignedInRequest, project_id: int, body: RuleIn) -> AlertPreviewOut:
    """Return what such a rule would have sent in the past 7 days. Nothing is saved."""
    project = visible_project(request.user, project_id)
    with errors_as_json():
        chosen = stored.checked(project, new_values(project, body))
    return _preview_out(preview.run(project, chosen, clock.now()))


@router.post("/api/projects/{int:project_id}/alert-rules/{int:rule_id}/preview", response=AlertPreviewOut)
def preview_changed_alert_rule(
    request: SignedInRequest, project_id: int, rule_id: int, body: RulePatch | None = None
) -> AlertPreviewOut:
    """Return what a stored rule would have sent in the past 7 days, with the changes in the body. Nothing is saved."""
    project = visible_project(request.user, project_id)
    chosen = stored.values(rule_of(project, rule_id))
    with errors_as_json():
        if body is not None:
            chosen = stored.checked(project, replace(chosen, **changed_values(project, body)))
    return _preview_out(preview.run(project, chosen, clock.now()))


def _preview_out(found: preview.Preview) -> AlertPreviewOut:
    return AlertPreviewOut(
        items=[
            PreviewMessage(
                at=message.at,
                news=message.news.value,
                issue_id=str(message.issue) if message.issue else None,
                short_id=message.short_id or None,
                title=message.title,
                detail=message.detail,
                total=message.total,
            )
            for message in found.messages
        ],
        total=found.total,
        by_trigger=found.by_trigger,
        by_day=[DayCount(day=day, count=count) for day, count in found.by_day],
        suppressed=found.suppressed,
        collected=found.collected,
        notes=list(found.notes),
    )
