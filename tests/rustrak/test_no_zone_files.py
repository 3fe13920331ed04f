"""A machine without a time zone database, as slim container images are: the zones come from a package."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from issues.monitors import schedule


@pytest.fixture
def no_zone_files() -> Iterator[None]:
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.parametrize("path", ["/admin/", "/admin/issues/issue/", "/admin/accounts/project/"])
def test_the_admin_answers(
    path: str, ana: User, sign_in: Callable[[User], Client], no_zone_files: None
) -> None:
    assert sign_in(ana).get(path).status_code == 200


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "US/Pacific", "Etc/GMT+3", "UTC"])
def test_a_schedule_keeps_its_zone(zone: str, no_zone_files: None) -> None:
    daily = schedule.read(schedule.CRONTAB, "30 4 * * *", None, zone)
    due = daily.after(datetime(2026, 7, 1, tzinfo=UTC))
    assert due.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%H:%M") == "04:30"
