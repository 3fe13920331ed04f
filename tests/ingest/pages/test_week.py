from __future__ import annotations

from datetime import timedelta

from django.test import Client

from rustrak.lib import clock
from tests.ingest.pages.conftest import Count

URL = "/projects/shop/issues/"


def test_the_issue_list_is_silent_when_all_is_well(bo_client: Client, count: Count) -> None:
    count("error", "accepted", 5)
    count("error", "stored", 4)
    count("error", "filtered", 1, "localhost")
    count("transaction", "unsupported", 3, at=clock.now() - timedelta(days=8))
    html = bo_client.get(URL).content.decode()
    assert "this week" not in html


def test_the_issue_list_tells_what_was_unsupported_and_what_was_rejected(
    bo_client: Client, count: Count
) -> None:
    count("transaction", "unsupported", 1200)
    count("replay", "unsupported", 4, at=clock.now() - timedelta(days=6))
    count("error", "too_large", 2, "too_large_event")
    count("error", "invalid", 1)
    html = bo_client.get(URL).content.decode()
    assert '<a href="/projects/shop/intake/#not-kept">1,204 unsupported items this week – details</a>' in html
    assert (
        '<a href="/projects/shop/intake/requests/?show=refused">3 events rejected or lost this week – details</a>'
        in html
    )
