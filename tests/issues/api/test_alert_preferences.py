"""/api/alert-preferences"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from accounts.models import Project, User
from issues.models import AlertOptOut, AlertPreferences
from tests.lib.json_api import Caller, error_of

PATH = "/api/alert-preferences"
DEFAULTS = {
    "time_zone": "UTC", "quiet_from": None, "quiet_until": None, "only_assigned": False, "summary": "never",
    "summary_hour": 8, "summary_weekday": 0, "next_summary_at": None, "no_mail_about": [],
}  # fmt: skip


@time_machine.travel(datetime(2026, 3, 2, 12, 0, tzinfo=UTC), tick=False)
def test_choices_are_read_and_changed(bo: User, shop: Project) -> None:
    caller = Caller(bo)
    assert caller("GET", PATH).json() == DEFAULTS
    changes = {
        "time_zone": "Europe/Berlin", "quiet_from": "22:00", "quiet_until": "07:30", "summary": "weekly",
        "summary_weekday": 4, "only_assigned": True, "no_mail_about": [shop.pk],
    }  # fmt: skip
    changed = caller("PATCH", PATH, changes).json()
    assert changed == DEFAULTS | changes | {"next_summary_at": "2026-03-06T07:00:00Z"}
    assert caller("GET", PATH).json() == changed
    changes = {"quiet_from": None, "quiet_until": None, "no_mail_about": []}
    assert caller("PATCH", PATH, changes).json() == changed | changes
    assert not AlertOptOut.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quiet_from": "22:00"}, "quiet_until: Quiet hours need a beginning and an end."),
        (
            {"quiet_from": "22:00", "quiet_until": "22:00"},
            "quiet_until: Quiet hours must end at another time",
        ),
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"quiet_from": 5}, "quiet_from"),
        ({"time_zone": "Mars/Base"}, "time_zone: This time zone is not known."),
        ({"time_zone": "\0"}, "time_zone"),
        ({"time_zone": "x" * 100_000}, "time_zone"),
        ({"summary": "hourly"}, "summary"),
        ({"summary_hour": 24}, "summary_hour: The hour must be from 0 to 23."),
        ({"summary_hour": 10**30}, "summary_hour"),
        ({"summary_weekday": -1}, "summary_weekday"),
        ({"no_mail_about": [10**6]}, "no_mail_about: you have no project with the id 1000000"),
        ({"no_mail_about": [10**30]}, "no_mail_about"),
        ({"no_mail_about": ["1"]}, "no_mail_about"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(bo: User, changes: dict[str, Any], words: str) -> None:
    answer = Caller(bo)("PATCH", PATH, {"only_assigned": True} | changes)
    assert error_of(answer) == (400, "ValidationError")
    assert words in answer.json()["error"]["message"]
    assert not AlertPreferences.objects.filter(only_assigned=True).exists()


def test_projects_of_others_stay_unknown(cy: User, shop: Project) -> None:
    answer = Caller(cy)("PATCH", PATH, {"no_mail_about": [shop.pk]})
    assert error_of(answer) == (400, "ValidationError")
    assert not AlertOptOut.objects.exists()
