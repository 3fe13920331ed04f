"""/api/alert-preferences: what one chose for the mail to oneself."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, Literal

from django.db import transaction
from ninja import Router
from pydantic import AfterValidator, Field

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Project, User
from issues.alerts.people import choices
from issues.models import AlertPreferences
from rustrak.lib import clock, problems
from rustrak.lib.schemas import Input, Moment, Output, Text, example

router = Router(tags=["alerts"], auth=needs(Capability.ALERTS_READ, Capability.PROFILE_WRITE))

Summary = Literal["never", "daily", "weekly"]


def _clock_time(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError("must be a time such as 22:00")
    return text


ClockTime = Annotated[str, AfterValidator(_clock_time)]


class PreferencesPatch(Input):
    """What is left out does not change. Quiet hours are in `time_zone`, both null for none.

    `no_mail_about` are the ids of all projects about which no mail is wanted.
    """

    model_config = example({"summary": "weekly", "summary_weekday": 0, "summary_hour": 8})

    time_zone: Text = "UTC"
    quiet_from: ClockTime | None = None
    quiet_until: ClockTime | None = None
    only_assigned: bool = False
    summary: Summary = "never"
    summary_hour: int = 8
    summary_weekday: int = 0
    no_mail_about: Annotated[list[int], Field(max_length=1_000)] = []


class PreferencesOut(Output):
    """`summary_weekday` is of weekly summaries; 0 is Monday. `next_summary_at` is null for never."""

    time_zone: str
    quiet_from: str | None
    quiet_until: str | None
    only_assigned: bool
    summary: Summary
    summary_hour: int
    summary_weekday: int
    next_summary_at: Moment | None
    no_mail_about: list[int]


@router.get("/api/alert-preferences", response=PreferencesOut)
def get_alert_preferences(request: SignedInRequest) -> PreferencesOut:
    """Return your own choices: quiet hours, summaries, and the projects about which you get no mail."""
    return _shown(request.user, choices.of(request.user.pk))


@router.patch("/api/alert-preferences", response=PreferencesOut)
def change_alert_preferences(request: SignedInRequest, body: PreferencesPatch) -> PreferencesOut:
    """Change your own choices."""
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    for name in ("quiet_from", "quiet_until"):
        if text := changes.get(name):
            changes[name] = time.fromisoformat(text)
    silent = changes.pop("no_mail_about", None)
    with transaction.atomic():
        if silent is not None:
            _opt_out(request.user, set(silent))
        try:
            chose = choices.save(request.user.pk, changes, clock.now())
        except choices.Invalid as invalid:
            raise problems.BadInput(
                "; ".join(f"{name}: {why}" for name, why in invalid.errors.items())
            ) from None
    return _shown(request.user, chose)


def _opt_out(user: User, wanted: set[int]) -> None:
    """Raises BadInput for a project that the person cannot see."""
    before = choices.opted_out(user.pk)
    added = wanted - before
    visible = Project.objects.visible_to(user).filter(pk__in=added)
    if missing := added - set(visible.values_list("pk", flat=True)):
        raise problems.BadInput(f"no_mail_about: you have no project with the id {min(missing)}")
    for project_id in added:
        choices.opt_out(user.pk, project_id)
    for project_id in before - wanted:
        choices.opt_in(user.pk, project_id)


def _shown(user: User, chose: AlertPreferences) -> PreferencesOut:
    def text(at: time | None) -> str | None:
        return f"{at:%H:%M}" if at else None

    return PreferencesOut.model_validate(
        {
            "time_zone": chose.time_zone,
            "quiet_from": text(chose.quiet_from),
            "quiet_until": text(chose.quiet_until),
            "only_assigned": chose.only_assigned,
            "summary": chose.summary,
            "summary_hour": chose.summary_hour,
            "summary_weekday": chose.summary_weekday,
            "next_summary_at": chose.next_summary_at,
            "no_mail_about": sorted(choices.opted_out(user.pk)),
        }
    )
