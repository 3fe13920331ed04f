from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from ingest.pages import ledger
from rustrak.lib import clock
from tests.ingest.pages.conftest import Count

URL = "/projects/shop/intake/"


def page(client: Client, **asked: Any) -> str:
    answer = client.get(URL, asked)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_is_for_members(shop: Project, ana: User, bo: User, cy: User, sign_in: Any) -> None:
    assert Client().get(URL).status_code == 302
    assert sign_in(cy).get(URL).status_code == 404
    assert sign_in(bo).get(URL).status_code == 200
    assert sign_in(ana).get(URL).status_code == 200
    assert sign_in(bo).post(URL).status_code == 405


@pytest.fixture
def busy(count: Count) -> None:
    count("error", "accepted", 12213)
    count("error", "stored", 9902)
    count("error", "sampled", 2311, "14")
    count("error", "rate_limited", 218, "rate_limited")


def test_the_sentence_in_words(bo_client: Client, busy: None) -> None:
    html = page(bo_client)
    assert "12,431 received, 9,902 stored, 2,311 sampled into SHOP-14, 218 rate limited." in words(html)
    assert "takes a second" not in html


def test_what_is_unknown_is_said_and_explained(bo_client: Client, count: Count) -> None:
    count("error", "accepted", 5)
    count("error", "stored", 3)
    text = words(page(bo_client))
    assert "5 received, 3 stored, 2 unknown." in text
    assert "2 unknown: Accepted, but not processed yet. It is in the queue" in text


def test_a_filter_at_the_edge_is_received_and_one_of_the_digest_not_again(
    bo_client: Client, count: Count
) -> None:
    count("error", "accepted", 4)
    count("error", "stored", 3)
    count("error", "filtered", 1, "web_crawlers")
    count("error", "filtered", 2, "allowed_origins")
    text = words(page(bo_client))
    assert "6 received, 3 stored, 3 filtered." in text
    assert "origin not allowed 2 , web crawler 1" in text


def test_today_and_30_days(bo_client: Client, count: Count) -> None:
    now = clock.now()
    count("error", "too_large", 1, at=now)
    count("error", "too_large", 10, at=now.replace(hour=0, minute=0) - timedelta(minutes=1))
    count("error", "too_large", 100, at=now - timedelta(days=29))
    count("error", "too_large", 1000, at=now - timedelta(days=31))
    assert "1 received" in words(page(bo_client))
    month = page(bo_client, days="30")
    assert "111 received" in words(month)
    assert month.count("<title>") == 3 + 1  # the page's own
    assert "111 received" not in words(page(bo_client, days="nonsense"))


def test_one_kind_alone(bo_client: Client, busy: None, count: Count) -> None:
    count("transaction", "unsupported", 7)
    assert "12,438 received" in words(page(bo_client))
    assert "7 received, 7 not supported." in words(page(bo_client, category="transaction"))
    assert "12,438 received" in words(page(bo_client, category="nonsense"))
    assert 'href="?days=30&category=transaction"' in page(bo_client, days="30")


def test_the_chart_has_a_layer_and_a_pattern_per_outcome_and_a_table(bo_client: Client, count: Count) -> None:
    count("error", "accepted", 3)
    count("error", "stored", 2)
    count("error", "duplicate", 1)
    count("error", "malformed", 1, "malformed_json")
    html = page(bo_client)
    chart = re.search(r'<svg class="outcomes" role="img" aria-label="([^"]*)".*?</svg>', html, re.DOTALL)
    assert chart is not None
    assert "4 received, 2 stored" in chart[1]
    assert re.findall(r'<rect class="(\w+)" x=', chart[0]) == ["stored", "duplicate", "malformed"]
    assert {"p-duplicate", "p-malformed"} == set(re.findall(r'pattern id="([\w-]+)"', chart[0]))
    hour = clock.now().strftime("%H:00")
    assert f"{hour}: 2 stored, 1 duplicate, 1 malformed</title>" in chart[0]
    row = re.search(rf'<th scope="row">{hour}</th>(.*?)</tr>', html)
    assert row is not None
    assert re.findall(r">(\d+)<", row[1]) == ["2", "1", "1"]


def test_what_was_not_supported_this_week(bo_client: Client, count: Count) -> None:
    count("transaction", "unsupported", 1200)
    count("transaction", "unsupported", 4, at=clock.now() - timedelta(days=6))
    count("replay", "unsupported", 80, at=clock.now() - timedelta(days=3))
    count("replay", "unsupported", 9, at=clock.now() - timedelta(days=8))
    assert "This week: 1,204 transactions, 80 replay items." in words(page(bo_client))


def test_what_sdks_dropped_is_told_apart_and_explained(bo_client: Client, count: Count) -> None:
    count("error", "client_discard", 12, "before_send")
    count("transaction", "client_discard", 3, "before_send")
    count("error", "client_discard", 1, "<script>alert(1)</script>")
    raw = bo_client.get(URL).content.decode()
    text = words(unescape(raw.replace("&lt;script&gt;alert(1)&lt;/script&gt;", "HOSTILE")))
    assert (
        "before_send 15 Your before_send (or beforeSend) function returned nothing. 12 errors, 3 transactions"
        in text
    )
    assert "HOSTILE 1 Rustrak does not know this reason" in text
    assert "<script>alert" not in raw
    assert "0 received" in text


def test_what_expired_is_beside_what_was_received(bo_client: Client, count: Count) -> None:
    count("error", "evicted", 30, "too_many")
    count("error", "evicted", 1, "too_old")
    count("attachment", "evicted", 2, "too_old")
    text = words(page(bo_client))
    assert "0 received." in text
    assert "31 errors, 2 attachments (30 too many, 3 too old)." in text
    assert 'href="/projects/shop/settings/limits/"' in bo_client.get(URL).content.decode()


def test_nothing_yet_says_so(bo_client: Client) -> None:
    assert "Nothing has arrived today (UTC)." in words(page(bo_client))
    assert "Nothing has arrived in 30 days." in words(page(bo_client, days="30"))


def test_other_projects_and_unknown_outcomes_are_left_out(
    bo_client: Client, busy: None, count: Count
) -> None:
    count("error", "stored", 5, project=Project.objects.create(name="Blog", slug="blog"))
    count("error", "of_the_future", 5)
    assert "12,431 received, 9,902 stored" in words(page(bo_client))


def test_queries_do_not_grow(bo_client: Client, count: Count, django_assert_max_num_queries: Any) -> None:
    for day in range(30):
        for outcome in ("stored", "too_large", "unsupported", "client_discard"):
            for category in ("error", "transaction", "replay"):
                count(category, outcome, 3, f"r{day % 3}", at=clock.now() - timedelta(days=day))
    with django_assert_max_num_queries(9):
        bo_client.get(URL, {"days": "30"})
    with django_assert_max_num_queries(11):
        bo_client.get(URL, {"days": "30", "category": "error"})


def test_the_most_frequent_reasons_are_listed_and_the_others_counted(bo_client: Client, count: Count) -> None:
    for number in range(ledger.MOST_REASONS + 10):
        count("error", "sampled", 1_000 - number, str(number + 1))
    html = page(bo_client)
    text = words(html)
    assert f"SHOP-{ledger.MOST_REASONS} " in text
    assert f"SHOP-{ledger.MOST_REASONS + 1} " not in text
    others = sum(1_000 - ledger.MOST_REASONS - number for number in range(10))
    assert f"10 others {others:,}" in text
