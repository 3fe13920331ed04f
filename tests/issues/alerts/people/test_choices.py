from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from accounts.models import Project, User
from issues.alerts.people import choices
from issues.models import AlertOptOut, AlertPreferences

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday


def test_without_choices_there_are_defaults(bo: User) -> None:
    chose = choices.of(bo.pk)
    assert (chose.time_zone, chose.summary, chose.only_assigned, chose.quiet_from) == (
        "UTC",
        "never",
        False,
        None,
    )
    assert not AlertPreferences.objects.exists()


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"summary": "daily"}, datetime(2026, 3, 3, 8, tzinfo=UTC)),
        ({"summary": "daily", "summary_hour": 13}, datetime(2026, 3, 2, 13, tzinfo=UTC)),
        ({"summary": "weekly"}, datetime(2026, 3, 9, 8, tzinfo=UTC)),
        ({"summary": "weekly", "summary_weekday": 4}, datetime(2026, 3, 6, 8, tzinfo=UTC)),
        ({"summary": "daily", "time_zone": "Asia/Kolkata"}, datetime(2026, 3, 3, 2, 30, tzinfo=UTC)),
        ({"summary": "never"}, None),
    ],
)
def test_when_the_next_summary_is_due(bo: User, changes: dict[str, Any], due: datetime | None) -> None:
    assert choices.save(bo.pk, changes, NOON).next_summary_at == due
    assert choices.of(bo.pk).next_summary_at == due


def test_other_changes_do_not_put_a_summary_off(bo: User) -> None:
    choices.save(bo.pk, {"summary": "daily"}, NOON)
    later = datetime(2026, 3, 3, 8, 30, tzinfo=UTC)
    choices.save(bo.pk, {"only_assigned": True, "summary": "daily"}, later)
    assert choices.of(bo.pk).next_summary_at == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_what_cannot_be_changes_nothing(bo: User) -> None:
    choices.save(bo.pk, {"quiet_from": time(22), "quiet_until": time(7)}, NOON)
    with pytest.raises(choices.Invalid) as invalid:
        choices.save(
            bo.pk, {"quiet_until": None, "summary_hour": 24, "summary": "x", "only_assigned": True}, NOON
        )
    assert set(invalid.value.errors) == {"quiet_until", "summary_hour", "summary"}
    chose = choices.of(bo.pk)
    assert (chose.quiet_until, chose.only_assigned) == (time(7), False)


def test_opting_out_and_in_again(bo: User, shop: Project) -> None:
    choices.opt_out(bo.pk, shop.pk)
    choices.opt_out(bo.pk, shop.pk)
    assert choices.opted_out(bo.pk) == {shop.pk}
    assert AlertOptOut.objects.count() == 1
    choices.opt_in(bo.pk, shop.pk)
    assert choices.opted_out(bo.pk) == set()
