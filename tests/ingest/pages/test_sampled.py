"""What the pages say of an issue whose events are sampled."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from accounts.models import Project, User
from ingest import spool
from ingest.digest import loop
from issues.models import Event, Issue
from tests.lib.spooled import event

SignIn = Callable[[User], Client]


@pytest.fixture
def noisy(shop: Project, tmp_path: Path, settings: Any) -> Issue:
    """One with 40 events in an hour, of which the project stores two and then fewer and fewer."""
    settings.INGEST_DIR = tmp_path / "spool"
    Project.objects.filter(pk=shop.pk).update(noisy_issue_percent=1, max_events_per_hour=200)
    spool.write_sealed(settings.INGEST_DIR, [event(shop.pk, number, "Noisy") for number in range(40)])
    loop.drain(settings.INGEST_DIR)
    return Issue.objects.get()


def page(client: Client, url: str) -> str:
    html = client.get(url).content.decode().replace("</dt>", " ")
    return " ".join(unescape(strip_tags(html)).split())


def test_how_many_are_stored_of_how_many_seen(
    noisy: Issue, shop: Project, ana: User, sign_in: SignIn
) -> None:
    client = sign_in(ana)
    stored = Event.objects.count()
    assert 2 < stored < 15
    assert noisy.event_count == 40
    text = page(client, f"/projects/shop/issues/{noisy.pk}/")
    assert f"40 ({stored} stored)" in text
    assert f"{40 - stored} counted but not stored, because this issue is noisy." in text
    last = noisy.events.latest("digest_order")
    assert last.sample_rate > 1
    assert f"Represents {last.sample_rate} events" in text
    first = noisy.events.earliest("digest_order")
    assert "Represents" not in page(client, f"/projects/shop/issues/{noisy.pk}/events/{first.pk}/")


def test_nothing_is_said_of_other_issues(
    shop: Project, ana: User, sign_in: SignIn, tmp_path: Path, settings: Any
) -> None:
    settings.INGEST_DIR = tmp_path / "spool"
    spool.write_sealed(settings.INGEST_DIR, [event(shop.pk, number) for number in range(40)])
    loop.drain(settings.INGEST_DIR)
    text = page(sign_in(ana), f"/projects/shop/issues/{Issue.objects.get().pk}/")
    assert "seen" not in text.replace("First seen", "").replace("Last seen", "")
    assert "counted but not stored" not in text
