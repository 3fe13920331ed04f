"""The page of the audit log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts import audit, keys
from accounts.models import AuditEntry, Project, User
from accounts.pages import audit as page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def test_the_page_says_who_changed_what_from_where(ana: User, shop: Project, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    browser.post("/projects/shop/settings/", {"name": "<b>Store", "slug": "shop"}, REMOTE_ADDR="203.0.113.9")
    text = browser.get("/audit/").content.decode()
    for part in ("Project changed", "&lt;b&gt;Store", "ana@example.org", "203.0.113.9", "name: <bdi>Shop →"):
        assert part in text
    assert "<b>Store" not in text


def test_filters_choose_and_odd_ones_are_ignored(ana: User, shop: Project, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    keys.create(shop, "Mobile")
    AuditEntry.objects.update(at=datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    for query, count in {
        "action=key.create": 1,
        "action=team.create": 0,
        f"project={shop.pk}": 1,
        "project=99": 0,
        "person=rustrak": 0,
        "person=Rustrak": 0,
        "since=2026-03-01&until=2026-03-01": 1,
        "until=2026-02-28": 0,
        "since=2026-03-02": 0,
        "since=x&until=9999-12-31&action=y&project=z&cursor=q&person=": 1,
        f"project={2**70}": 1,
    }.items():
        assert len(browser.get(f"/audit/?{query}").context["rows"]) == count, query
    audit.record(audit.Action.PERSON_CHANGE, ana, by=ana)
    assert len(browser.get("/audit/?person=ANA@example.org").context["rows"]) == 1


def test_a_page_leads_to_older_entries_with_the_same_filters(
    ana: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries
) -> None:
    monkeypatch.setattr(page, "SIZE", 2)
    for number in range(5):
        audit.record(audit.Action.PERSON_CHANGE, name=f"n{number}", by=ana)
    browser = sign_in(ana)
    seen, query = [], "?person=ana@example.org"
    while query:
        with django_assert_max_num_queries(6):
            context = browser.get(f"/audit/{query}").context
        seen += [row.entry.target_name for row in context["rows"]]
        query = context["older"]
        assert not query or "person=ana%40example.org" in query
    assert seen == ["n4", "n3", "n2", "n1", "n0"]


def test_the_csv_has_the_same_filters(ana: User, shop: Project, sign_in: SignIn) -> None:
    keys.create(shop, "Mobile")
    audit.record(audit.Action.PERSON_CHANGE, ana)
    answer = sign_in(ana).get("/audit/csv/?action=key.create")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-')
    lines = answer.getvalue().decode().splitlines()
    assert len(lines) == 2
    assert "Key of a project created" in lines[1]


def test_others_may_not_read_it(bo_client: Client) -> None:
    assert bo_client.get("/audit/").status_code == 403
    assert bo_client.get("/audit/csv/").status_code == 403
