"""Rate limits at the edge: N events are accepted, the next is not, and the answers to clients."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sentry_sdk.transport import _parse_rate_limits

from ingest.edge.holder import Holder
from ingest.edge.size_limits import SizeLimits
from ingest.rate_limits.windows import HOUR, MINUTE, Exceeded, RateLimits
from ingest.spool import Record, SpoolUnavailable
from tests.ingest.conftest import KEY, MIB, OTHER_KEY, OTHER_PROJECT, PROJECT, Answer, Edge, an_edge
from tests.lib.envelopes import EVENT, an_envelope, an_item, with_one_item

NOON = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)
BYTES = SizeLimits(event=MIB, body=3 * MIB, encoded_body=2 * MIB)


def limited(directory: Path, quota: RateLimits, *exceeded: Exceeded, **options: Any) -> Edge:
    """An edge with these limits for both projects, and its gate beside the spool."""
    holders = {
        KEY: Holder(PROJECT, (), quota, exceeded, key_id=1),
        OTHER_KEY: Holder(OTHER_PROJECT, (), quota, exceeded, key_id=2),
    }
    options = {"gate": directory / "quota", **options}
    return an_edge(directory / "spool", BYTES, holders=holders, **options)


async def statuses(edge: Edge, times: int, **options: Any) -> list[int]:
    return [(await edge.send(body=with_one_item(header={}), **options)).status for _ in range(times)]


def several(*items: tuple[str, bytes]) -> bytes:
    return an_envelope(*[an_item(*item) for item in items], event_id="a" * 32)


def stopped_categories(answer: Answer) -> set[str | None]:
    """The categories that a real SDK stops sending after this answer."""
    header = answer.headers.get("x-sentry-rate-limits", "")
    return {category for category, _ in _parse_rate_limits(header)} if header else set()


async def test_n_are_accepted_and_the_next_is_refused(tmp_path: Path) -> None:
    edge = limited(tmp_path, RateLimits(project_minute=3))
    with time_machine.travel(NOON, tick=False):
        assert await statuses(edge, 5) == [200, 200, 200, 429, 429]
        # Another project has limits of its own.
        assert await statuses(edge, 1, path="/api/7/envelope/", key=OTHER_KEY) == [200]
    with time_machine.travel(NOON.replace(second=59), tick=False):
        assert await statuses(edge, 1) == [429]
    with time_machine.travel(NOON.replace(minute=1, second=0), tick=False):
        assert await statuses(edge, 4) == [200, 200, 200, 429]
    assert len(await edge.records()) == 7
    assert edge.counts == {(PROJECT, "error", "rate_limited", "project_minute"): 4}


async def test_the_answer_to_a_refused_client(tmp_path: Path) -> None:
    edge = limited(tmp_path, RateLimits(project_minute=1))
    with time_machine.travel(NOON, tick=False):
        assert await statuses(edge, 1) == [200]
        answer = await edge.send(body=with_one_item())
    assert answer.status == 429
    assert answer.headers["retry-after"] == "50"
    assert answer.headers["x-sentry-rate-limits"] == "50:error:project:quota_minute"
    assert stopped_categories(answer) == {"error"}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-sentry-rate-limits" in answer.headers["access-control-expose-headers"]
    detail = "the project's limit of 1 events per minute is used up"
    assert answer.json == {
        "error": "rate_limit_exceeded",
        "retry_after": 50,
        "detail": detail,
        "causes": ["Too Many Requests"],
    }
    assert answer.headers["x-sentry-error"] == detail
    await edge.records()
    (seen,) = [one for one in edge.seen if one.reason]
    assert (seen.status, seen.reason, seen.detail["message"]) == (429, "rate_limited", detail)


@pytest.mark.parametrize(
    ("quota", "header", "reason"),
    [
        (RateLimits(key_minute=1), "50:error:key:quota_minute", "key_minute"),
        (RateLimits(key_hour=1), "300:error:key:quota_hour", "key_hour"),
        (RateLimits(project_hour=1), "300:error:project:quota_hour", "project_hour"),
        (RateLimits(installation_minute=1), "50:error:organization:quota_minute", "installation_minute"),
        (RateLimits(installation_hour=1), "300:error:organization:quota_hour", "installation_hour"),
    ],
)
async def test_every_scope_and_window(tmp_path: Path, quota: RateLimits, header: str, reason: str) -> None:
    edge = limited(tmp_path, quota)
    with time_machine.travel(NOON, tick=False):
        assert await statuses(edge, 1) == [200]
        answer = await edge.send(body=with_one_item())
        other = await edge.send("/api/7/envelope/", with_one_item(), key=OTHER_KEY)
    assert answer.headers["x-sentry-rate-limits"] == header
    assert other.status == (429 if reason.startswith("installation") else 200)
    await edge.records()
    assert edge.counts[PROJECT, "error", "rate_limited", reason] == 1


async def test_a_success_has_the_header_of_a_used_up_limit(tmp_path: Path) -> None:
    edge = limited(tmp_path, RateLimits(project_minute=2))
    session = several(("session", b"{}"))
    with time_machine.travel(NOON, tick=False):
        first = await edge.send(body=with_one_item())
        before = await edge.send(body=session)
        last = await edge.send(body=with_one_item())
        after = await edge.send(body=session)
        transaction = await edge.send(body=several(("transaction", b"{}")))
    assert [stopped_categories(answer) for answer in (first, before)] == [set(), set()]
    for answer in (last, after, transaction):
        assert answer.status == 200
        assert stopped_categories(answer) == {"error"}
        assert "retry-after" not in answer.headers
    with time_machine.travel(NOON.replace(minute=1), tick=False):
        assert "x-sentry-rate-limits" not in (await edge.send(body=session)).headers


async def test_only_events_are_refused(tmp_path: Path) -> None:
    edge = limited(tmp_path, RateLimits(project_minute=1))
    check_in = b'{"monitor_slug":"a","status":"ok"}'
    with time_machine.travel(NOON, tick=False):
        assert await statuses(edge, 1) == [200]
        await edge.records()
        body = several(
            ("event", EVENT), ("attachment", b"log"), ("session", b"{" + b" " * 400_000 + b"}"),
            ("client_report", b"{}"), ("check_in", check_in), ("transaction", b"{}"),
        )  # fmt: skip
        assert (await edge.send(body=body)).status == 429
        cron = await edge.send(f"/api/42/cron/job/{KEY}/", query="status=ok", method="GET")
        assert cron.status < 300
        records = await edge.records()
    assert [record.kind for record in records] == ["session", "client_report", "check_in", "check_in"]
    assert len(records[0].payload) == 400_002
    assert edge.counts == {
        (PROJECT, "error", "rate_limited", "project_minute"): 1,
        (PROJECT, "attachment", "rate_limited", "project_minute"): 1,
        (PROJECT, "transaction", "unsupported", ""): 1,
    }
    # Nothing is left of the refused attachment.
    assert sorted(path.name for path in edge.directory.iterdir() if path.stat().st_size > 64) == []


async def test_every_endpoint_counts(tmp_path: Path) -> None:
    edge = limited(tmp_path, RateLimits(project_minute=5))
    report = {"csp-report": {"document-uri": "https://a.example", "violated-directive": "img-src"}}
    reports = [{"type": "csp-violation", "body": {"documentURL": "https://a.example", "effectiveDirective": "img-src"}}] * 2  # fmt: skip
    dump = {"Content-Type": "application/octet-stream"}
    sends: list[tuple[str, bytes, dict[str, str]]] = [
        ("/api/42/store/", EVENT, {}),
        ("/api/store/", b"{}", {}),
        ("/api/42/security/", json.dumps(report).encode(), {"Content-Type": "application/csp-report"}),
        ("/api/42/minidump/", b"MDMP" + bytes(100), dump),
        ("/api/42/envelope/", with_one_item(), {}),
    ]
    with time_machine.travel(NOON, tick=False):
        for path, body, headers in sends:
            assert (await edge.send(path, body, headers)).status == 200, path
        for path, body, headers in sends:
            assert (await edge.send(path, body, headers)).status == 429, path
        # Old SDKs send transactions to the store, too.
        assert (await edge.send("/api/42/store/", b'{"type":"transaction"}')).status == 200
    with time_machine.travel(NOON.replace(minute=1), tick=False):
        two = json.dumps(reports).encode()
        answers = [
            await edge.send("/api/42/security/", two, {"Content-Type": "application/reports+json"})
            for _ in range(3)
        ]
        # Of a request with several all go in or none.
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert await statuses(edge, 2) == [200, 429]


async def test_what_cannot_be_stored_is_not_counted(tmp_path: Path) -> None:
    edge = limited(tmp_path, RateLimits(project_minute=2))
    with time_machine.travel(NOON, tick=False):
        assert await statuses(edge, 1) == [200]
        await edge.records()
        for bad in (b"nonsense", with_one_item(b"[]")):
            assert (await edge.send(body=bad)).status == 400
        (tmp_path / "spool").rename(tmp_path / "away")
        (tmp_path / "spool").write_text("in the way")
        assert await statuses(edge, 3) == [503, 503, 503]
        large = several(("event", EVENT), ("attachment", b"x" * 300_000))
        assert (await edge.send(body=large)).status == 503
        (tmp_path / "spool").unlink()
        (tmp_path / "away").rename(tmp_path / "spool")
        assert await statuses(edge, 2) == [200, 429]
    assert len(await edge.records()) == 1


async def test_an_event_that_cannot_be_appended_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = limited(tmp_path, RateLimits(project_minute=1))
    large = several(("event", EVENT), ("attachment", b"x" * 300_000))

    async def full(*records: Record) -> None:
        raise SpoolUnavailable("the disk is full")

    with time_machine.travel(NOON, tick=False):
        with monkeypatch.context() as patch:
            patch.setattr(edge.intake.resources.writer, "append", full)
            assert (await edge.send(body=large)).status == 503
            assert await statuses(edge, 1) == [503]
        assert (await edge.send(body=large)).status == 200
        assert await statuses(edge, 1) == [429]


async def test_other_machines_count_too(tmp_path: Path) -> None:
    until = int(NOON.timestamp()) + 20
    elsewhere = Exceeded("project", MINUTE, 9, until)
    edge = limited(tmp_path, RateLimits(project_minute=9), elsewhere)
    with time_machine.travel(NOON, tick=False):
        answer = await edge.send(body=with_one_item())
        assert (answer.status, answer.headers["retry-after"]) == (429, "20")
        assert stopped_categories(await edge.send(body=several(("session", b"{}")))) == {"error"}
    with time_machine.travel(NOON.replace(second=30), tick=False):
        assert await statuses(edge, 1) == [200]


async def test_the_gate_outlives_the_process(tmp_path: Path) -> None:
    with time_machine.travel(NOON, tick=False):
        first = limited(tmp_path, RateLimits(project_minute=3))
        assert await statuses(first, 2) == [200, 200]
        await first.intake.close()
        assert await statuses(limited(tmp_path, RateLimits(project_minute=3)), 2) == [200, 429]
        # A limit that was raised lets more in at once.
        assert await statuses(limited(tmp_path, RateLimits(project_minute=4)), 2) == [200, 429]


async def test_without_a_gate_events_are_accepted_uncounted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    edge = limited(tmp_path, RateLimits(project_minute=1), gate=tmp_path / "file" / "quota")
    assert await statuses(edge, 4) == [200] * 4
    complaints = [record for record in caplog.records if record.name == "ingest.edge.admission"]
    assert len(complaints) == 1
    assert "uncounted" in complaints[0].message


async def test_what_is_without_limits_is_not_counted(tmp_path: Path) -> None:
    edge = limited(tmp_path, RateLimits())
    assert await statuses(edge, 20) == [200] * 20
    assert not (tmp_path / "quota").exists()


def test_the_longest_wait_is_for_the_hour() -> None:
    assert Exceeded("project", HOUR, 5, 3600).name == "project_hour:5"


async def test_two_keys_of_a_project_have_limits_of_their_own(tmp_path: Path) -> None:
    own = RateLimits(project_minute=4, key_minute=2)
    holders = {KEY: Holder(PROJECT, (), own, key_id=1), OTHER_KEY: Holder(PROJECT, (), own, key_id=2)}
    edge = an_edge(tmp_path / "spool", BYTES, holders=holders, gate=tmp_path / "quota")
    with time_machine.travel(NOON, tick=False):
        assert await statuses(edge, 3) == [200, 200, 429]
        assert await statuses(edge, 3, key=OTHER_KEY) == [200, 200, 429]
    await edge.records()
    assert edge.counts == {(PROJECT, "error", "rate_limited", "key_minute"): 2}
