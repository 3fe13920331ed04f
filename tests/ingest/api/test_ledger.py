"""/api/projects/{id}/ledger"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from accounts.models import Project, User
from ingest.ledger import store
from tests.lib.json_api import Caller, error_of
from tests.lib.ledger_keys import MINUTE, NOW, key

pytestmark = pytest.mark.django_db


def asked(project: Project, **query: str) -> str:
    period = {
        "since": (NOW - timedelta(hours=40)).isoformat(),
        "until": (NOW + timedelta(hours=1)).isoformat(),
    }
    return f"/api/projects/{project.pk}/ledger?{urlencode(period | query)}"


def test_every_count_is_listed_once_by_interval(bo: User, shop: Project) -> None:
    counts = {
        key(shop, outcome, reason, minute=MINUTE - ago, name=name): 1 + ago
        for outcome, reason in (("accepted", ""), ("stored", ""), ("filtered", "localhost"), ("new", "words"))
        for ago in (0, 1, 61, 1500)
        for name in ("error", "session")
    }
    store.add(counts)
    for interval, step in (("minute", 1), ("hour", 60), ("day", 1440)):
        wanted: Counter[tuple[int, str, str, str]] = Counter()
        for (_, minute, name, outcome, reason), quantity in counts.items():
            wanted[minute // step * step, name, str(outcome), reason] += quantity
        path = asked(shop, interval=interval)
        found = Caller(bo).all(path, limit=3)
        assert [each["quantity"] for each in found] == [wanted[place] for place in sorted(wanted)]
        assert found == Caller(bo, token=True).all(path)
    errors = Caller(bo).all(asked(shop, category="error", outcome="filtered"))
    assert {(each["category"], each["reason"]) for each in errors} == {("error", "localhost")}
    assert sum(each["quantity"] for each in errors) == 1 + 2 + 62 + 1501


def test_other_projects_are_not_counted(bo: User, cy: User, shop: Project) -> None:
    other = Project.objects.create(name="Bank", slug="bank")
    store.add({key(other, "accepted"): 5})
    assert Caller(bo).all(asked(shop)) == []
    assert error_of(Caller(bo)("GET", asked(other))) == (404, "NotFound")
    assert error_of(Caller(cy)("GET", asked(shop))) == (404, "NotFound")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"since": "2026-01-01T00:00:00Z"}, "since: at most 31 days by hour"),
        ({"interval": "minute", "since": "2026-11-01"}, "since: at most 2 days by minute"),
        ({"since": "0001-01-01T00:00:00Z"}, "since: must be between"),
        ({"until": "9999-12-31T23:59:59-23:00"}, "until: must be between"),
        ({"interval": "week"}, "interval: "),
        ({"outcome": "x" * 33}, "outcome: "),
    ],
)
def test_what_cannot_be_asked_is_said(bo: User, shop: Project, query: dict[str, str], said: str) -> None:
    answer = Caller(bo)("GET", asked(shop, **query))
    assert error_of(answer) == (400, "ValidationError")
    assert answer.json()["error"]["message"].startswith(said)


def test_the_last_day_is_listed_without_a_period(bo: User, shop: Project) -> None:
    assert Caller(bo).get(f"/api/projects/{shop.pk}/ledger")["items"] == []
