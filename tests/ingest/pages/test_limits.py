from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.html import strip_tags

from accounts.models import Membership, Project, User
from ingest.ledger import store
from ingest.ledger.outcomes import LedgerKey, Outcome
from ingest.models import InstallationQuota
from issues import usage
from rustrak.lib import clock

SignIn = Callable[[User], Client]
URL = "/projects/shop/settings/limits/"
EMPTY = dict.fromkeys(
    ("max_events_per_minute", "max_events_per_hour", "retain_days", "retain_events", "noisy_issue_percent"),
    "",
)


def page(client: Client, url: str = URL) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(unescape(strip_tags(answer.content.decode())).split())


def limits(project: Project) -> tuple[Any, ...]:
    project.refresh_from_db()
    return tuple(getattr(project, name) for name in EMPTY)


def test_only_members_read_them(shop: Project, ana: User, bo: User, cy: User, sign_in: SignIn) -> None:
    assert Client().get(URL).status_code == 302
    assert sign_in(cy).get(URL).status_code == 404
    assert sign_in(cy).post(URL, EMPTY).status_code == 404
    assert sign_in(bo).get(URL).status_code == 200
    assert sign_in(ana).get(URL).status_code == 200


def test_members_read_and_admins_change(shop: Project, bo: User, sign_in: SignIn) -> None:
    client = sign_in(bo)
    assert "Only admins of Shop can change the limits." in page(client)
    assert client.post(URL, {**EMPTY, "retain_days": "3"}).status_code == 403
    assert limits(shop) == (None, None, None, None, 0)
    Membership.objects.update(role=Membership.Role.ADMIN)
    assert "Only admins" not in page(client)
    assert client.post(URL, {**EMPTY, "retain_days": "3"}).status_code == 302
    assert limits(shop) == (None, None, 3, None, 0)


def test_the_defaults_are_said(shop: Project, ana: User, sign_in: SignIn, settings: Any) -> None:
    settings.MAX_EVENTS_PER_PROJECT_PER_MINUTE = 0
    text = page(sign_in(ana))
    assert "Empty: the default of this installation (no limit). 0: no limit." in text
    assert "Empty: the default of this installation (300,000). 0: no limit." in text
    assert "Empty: the default of this installation (90). 0: forever." in text
    assert "Limit for all projects together: 60,000 per minute and 1,000,000 per hour." in text
    settings.MAX_EVENTS_PER_MINUTE = settings.MAX_EVENTS_PER_HOUR = 0
    assert "all projects together" not in page(sign_in(ana))


def test_what_is_saved_is_shown_and_can_be_taken_back(shop: Project, ana: User, sign_in: SignIn) -> None:
    client = sign_in(ana)
    sent = {
        "max_events_per_minute": "0",
        "max_events_per_hour": "500",
        "retain_days": "30",
        "retain_events": "1000",
        "noisy_issue_percent": "10",
    }
    answer = client.post(URL, sent, follow=True)
    assert "Saved." in answer.content.decode()
    assert limits(shop) == (0, 500, 30, 1000, 10)
    html = client.get(URL).content.decode()
    for name, value in sent.items():
        assert f'name="{name}" value="{value}"' in html
    client.post(URL, EMPTY)
    assert limits(shop) == (None, None, None, None, 0)


@pytest.mark.parametrize(
    "bad",
    [
        {"max_events_per_minute": "-1"},
        {"max_events_per_hour": "many"},
        {"max_events_per_hour": "2147483648"},
        {"retain_days": "36501"},
        {"noisy_issue_percent": "101"},
        {"noisy_issue_percent": "10", "max_events_per_hour": "0"},
    ],
)
def test_a_bad_value_changes_nothing(shop: Project, ana: User, sign_in: SignIn, bad: dict[str, str]) -> None:
    answer = sign_in(ana).post(URL, {**EMPTY, **bad})
    assert answer.status_code == 200
    assert 'class="problem"' in answer.content.decode()
    assert limits(shop) == (None, None, None, None, 0)


@time_machine.travel(datetime(2026, 11, 23, 12, 30, tzinfo=UTC), tick=False)
def test_what_was_accepted_is_said(shop: Project, ana: User, sign_in: SignIn) -> None:
    minute = int(clock.now().timestamp()) // 60
    assert "No events accepted this hour." in page(sign_in(ana))
    store.add({(shop.pk, minute, "error", "accepted", ""): 12_345})
    assert "12,345 events accepted this hour, 12,345 this minute." in page(sign_in(ana))


PAGES = ["", "intake/", "intake/requests/", "setup/", "settings/", "settings/limits/"]


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_tell_that_events_are_rejected(
    shop: Project, ana: User, sign_in: SignIn, path: str
) -> None:
    url = "/projects/shop/issues/" if not path else f"/projects/shop/{path}"
    client = sign_in(ana)
    assert "New events are rejected" not in page(client, url)
    soon = clock.now() + timedelta(seconds=60)
    Project.objects.update(quota_exceeded_until=soon, quota_exceeded_reason="project_minute:20000")
    assert "the project’s limit of 20,000 events per minute is reached." in page(client, url)
    Project.objects.update(quota_exceeded_until=clock.now() - timedelta(seconds=1))
    assert "New events are rejected" not in page(client, url)
    InstallationQuota.objects.create(pk=1, exceeded_until=soon, exceeded_reason="installation_hour:1000000")
    assert "the installation’s limit of 1.0M events per hour is reached." in page(client, url)


def test_a_raised_limit_ends_the_refusal(shop: Project, ana: User, sign_in: SignIn) -> None:
    soon = clock.now() + timedelta(seconds=60)
    Project.objects.update(
        quota_exceeded_until=soon, quota_exceeded_reason="project_minute:20000", next_quota_check=5
    )
    client = sign_in(ana)
    client.post(URL, {**EMPTY, "max_events_per_minute": "20000"})
    assert "New events are rejected" not in page(client)
    shop.refresh_from_db()
    assert (shop.quota_exceeded_until, shop.next_quota_check) == (None, 0)


def test_what_is_kept_is_shown_beside_what_may_be(
    shop: Project, bo: User, sign_in: SignIn, settings: Any
) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 25 * 1024**3 // 2
    usage.add(shop.pk, {"event": (1204, 1024**3), "attachment": (3, 5 * 1024**3 // 2)})
    minute = int(clock.now().timestamp()) // 60
    store.add(
        {
            LedgerKey(shop.pk, minute, "attachment", Outcome.FILTERED, "too_many_bytes"): 7,
            LedgerKey(shop.pk, minute, "error", Outcome.EVICTED, "too_many_bytes"): 31,
            LedgerKey(shop.pk, minute, "monitor", Outcome.FILTERED, "too_many_monitors"): 9,
            LedgerKey(shop.pk, minute, "error", Outcome.EVICTED, "too_old"): 100,
            LedgerKey(shop.pk, minute - 1500, "error", Outcome.EVICTED, "too_many_bytes"): 5,
        }
    )
    text = page(sign_in(bo))
    assert "Each project may keep 12.5 GiB." in text
    assert "All projects together may keep 25 GiB" in text
    assert "Events stored 1,204 size 1 GiB limit 5 GiB used 20% 31 expired" in text
    assert "Attachments stored 3 size 2.5 GiB limit 2.5 GiB used 100% 7 not stored" in text
    assert re.search(r"Check-ins stored 0 size 0 bytes limit \S+ MiB used 0% 9 not stored", text)


def test_without_limits_the_sizes_are_shown(shop: Project, bo: User, sign_in: SignIn, settings: Any) -> None:
    settings.RETAIN_BYTES = settings.RETAIN_BYTES_PER_PROJECT = 0
    text = page(sign_in(bo))
    assert "There is no limit on the bytes that a project keeps." in text
    assert "Events stored 0 size 0 bytes limit – used –" in text
