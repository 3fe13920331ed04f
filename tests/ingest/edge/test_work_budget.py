from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ingest.edge import work_budget
from ingest.edge.errors import TooMuchWork
from ingest.edge.size_limits import SizeLimits
from ingest.edge.work_budget import BURST, RATE, WorkBudget
from tests.ingest.conftest import MIB, OTHER_KEY, PROJECT, Edge, an_edge

SECURITY = {"Content-Type": "application/csp-report"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_free_and_then_the_rate_holds() -> None:
    clock = Clock()
    budget = WorkBudget(clock=clock)
    budget.spend(1, BURST)
    budget.spend(1, 10 * RATE)
    with pytest.raises(TooMuchWork) as refused:
        budget.spend(1, 1)
    assert dict(refused.value.headers)[b"retry-after"] == b"10"
    budget.check(2)
    clock.now += 9
    with pytest.raises(TooMuchWork):
        budget.check(1)
    clock.now += 1
    budget.check(1)


def test_a_larger_burst_can_be_set_and_a_smaller_one_cannot() -> None:
    for burst, allowed in ((1, BURST), (4 * BURST, 4 * BURST)):
        budget = WorkBudget(burst, clock=Clock())
        budget.spend(1, allowed)
        budget.check(1)
        budget.spend(1, 1)
        with pytest.raises(TooMuchWork):
            budget.check(1)


def test_the_table_keeps_only_projects_with_a_debt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_budget, "MOST_PROJECTS", 10)
    clock = Clock()
    budget = WorkBudget(clock=clock)
    for project in range(100):
        budget.spend(project, RATE)
        clock.now += 0.5
    assert len(budget._debts) <= 10


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def edge(tmp_path: Path, clock: Clock) -> Edge:
    limits = SizeLimits(event=MIB, body=100 * MIB, encoded_body=20 * MIB)
    return an_edge(tmp_path / "spool", limits, work=WorkBudget(clock=clock))


async def until_refused(edge: Edge, path: str, body: bytes, headers: dict[str, str], most: int) -> int:
    """How many requests were answered before the first 429."""
    for count in range(most):
        answer = await edge.send(path, body, headers)
        if answer.status == 429:
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.json["error"] == "rate_limit_exceeded"
            assert answer.headers["x-sentry-rate-limits"].endswith("::project:too_much_work")
            return count
    return most


async def test_bombs_are_refused_and_counted_by_reason(edge: Edge, clock: Clock) -> None:
    bomb = gzip.compress(b'{}\n{"type":"replay_video"}\n' + bytes(90 * MIB))
    gzipped = {"Content-Encoding": "gzip"}
    assert await until_refused(edge, "/api/42/envelope/", bomb, gzipped, 10) == 2
    # No other request of the key costs anything until the debt is paid, and other projects do not notice.
    small = b'{}\n{"type":"event"}\n{}'
    assert (await edge.send(body=small)).status == 429
    assert (await edge.send("/api/7/envelope/", small, key=OTHER_KEY)).status == 200
    clock.now += 10
    assert (await edge.send(body=small)).status == 200
    assert len(await edge.records()) == 2
    assert edge.counts[PROJECT, "replay", "unsupported", ""] == 2
    assert edge.counts[PROJECT, "replay", "rate_limited", "too_much_work"] == 1
    assert edge.counts[PROJECT, "default", "rate_limited", "too_much_work"] == 1
    assert [one.reason for one in edge.seen if one.status == 429] == ["too_much_work"] * 2


async def test_a_bomb_is_refused_while_it_is_decoded(edge: Edge) -> None:
    work = edge.intake.resources.work
    work.spend(PROJECT, BURST - MIB)
    bomb = gzip.compress(b'{}\n{"type":"replay_video"}\n' + bytes(90 * MIB))
    assert (await edge.send(body=bomb, headers={"Content-Encoding": "gzip"})).status == 429
    await edge.records()
    assert edge.counts[PROJECT, "replay", "rate_limited", "too_much_work"] == 1
    assert work._debts[PROJECT][0] < BURST + 4 * MIB


async def test_an_honest_burst_is_not_refused(edge: Edge) -> None:
    """Events of 50 KB that compress to a tenth, and plain ones of any size, are free."""
    event = b'{"message":"' + (b"%x" % (7**52000))[: 5 * 1024] + b" " * 45 * 1024 + b'"}'
    body = gzip.compress(b'{"event_id":"%s"}\n{"type":"event"}\n%s' % (b"a" * 32, event))
    assert len(event) / len(body) > 10
    for _ in range(20):
        assert (await edge.send(body=body, headers={"Content-Encoding": "gzip"})).status == 200
        assert (await edge.send("/api/42/store/", event)).status == 200
    plain = b'{}\n{"type":"attachment"}\n' + bytes(5 * MIB)
    assert (await edge.send(body=plain)).status == 200
    debt, _ = edge.intake.resources.work._debts.get(PROJECT, (0.0, 0.0))
    assert debt * 500 < BURST  # 10,000 of each


NAN = b'{"a":[NaN,' + b"[]," * 80_000 + b"1]}"
DENSE = b'{"a":[' + b"[]," * 80_000 + b"1]}"


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("store", NAN, {}),
        ("store", DENSE, {}),
        ("store", b'{"a":' + b"[" * 8_000_000, {}),
        ("envelope", b'{}\n{"type":"event"}\n' + NAN, {}),
        ("envelope", b'{}\n{"type":"event"}\n{"a":' + b"[]," * 2_000_000, {}),
        ("envelope", b'{}\n{"type":"feedback"}\n{"a":' + b"[]," * 300_000, {}),
        ("envelope", b'{}\n{"type":"feedback"}\n' + NAN, {}),
        ("envelope", b"{}\n" + b'{"type":"x","a":"%s"}\n\n' % (b"a" * 60_000) * 4, {}),
        ("cron/nightly", b"status=ok&a=" + b"%41" * 30_000, {}),
        ("security", b'{"csp-report":{"a":"%s"}}' % (b"a" * 1_000_000), SECURITY),
        ("security", b"[%s]" % b",".join([b'{"type":"x"}'] * 80_000), SECURITY),
    ],
    ids=[
        "store-nan",
        "store-dense",
        "store-large",
        "event",
        "event-large",
        "feedback-large",
        "feedback",
        "headers",
        "check-in",
        "report",
        "reports",
    ],
)
async def test_what_is_read_slowly_is_counted(
    edge: Edge, path: str, body: bytes, headers: dict[str, str]
) -> None:
    await edge.send(f"/api/42/{path}/", gzip.compress(body), {"Content-Encoding": "gzip", **headers})
    debt, _ = edge.intake.resources.work._debts[PROJECT]
    assert debt > 2 * len(body)
