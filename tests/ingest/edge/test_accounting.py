"""What the edge reports about its requests: each item is counted once, each request remembered with its reason."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest
import time_machine

from ingest import spool
from ingest.edge import accounting
from ingest.edge.accounting import Accounting
from ingest.edge.decode.body import Body
from ingest.edge.errors import Unauthorized, Unavailable
from ingest.edge.exchange import Exchange
from ingest.edge.holder import Holder
from ingest.edge.request import Request
from ingest.edge.size_limits import SizeLimits
from ingest.ledger import tally
from ingest.ledger.outcomes import Reason
from ingest.ledger.tally import LATEST, Tally
from ingest.spool import SegmentWriter, SpoolUnavailable
from tests.ingest.conftest import KEY, MIB, OTHER_KEY, Edge, an_edge
from tests.lib.envelopes import an_envelope, an_item

EVENT = b'{"event_id":"%b"}\n{"type":"event"}\n{}\n' % (b"a" * 32)
PAGE = b"\xef\xbb\xbf\n<!DOCTYPE html><title>Sign in</title>"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("sent", "status", "counted", "reason"),
    [
        ({"key": None}, 401, ("error", "unauthenticated"), "no_key"),
        ({"key": "nonsense"}, 401, ("error", "unauthenticated"), "malformed_key"),
        ({"key": "f" * 32}, 401, ("default", "unauthenticated"), "unknown_key"),
        ({"key": OTHER_KEY}, 401, ("default", "unauthenticated"), "key_of_other_project"),
        ({"key": None, "body": b'{"dsn":"x"}\n'}, 401, ("default", "unauthenticated"), "malformed_key"),
        ({"path": "/api/42/store/", "key": None}, 401, ("error", "unauthenticated"), "no_key"),
        ({"path": "/api/42/cron/x/", "key": None}, 401, ("monitor", "unauthenticated"), "no_key"),
        ({"body": b""}, 400, ("default", "malformed"), "empty"),
        ({"body": b"nonsense"}, 400, ("default", "malformed"), "malformed_envelope"),
        ({"body": PAGE}, 400, ("default", "malformed"), "looks_like_html"),
        ({"path": "/api/42/store/", "body": PAGE}, 400, ("error", "malformed"), "looks_like_html"),
        ({"path": "/api/42/store/", "body": b"{"}, 400, ("error", "malformed"), "malformed_json"),
        ({"body": b'{}\n{"type":"event"}\n[]\n'}, 400, ("error", "malformed"), "malformed_json"),
        ({"body": b'{}\n{"type":"event","length":9}\n{}\n'}, 400, ("error", "malformed"), "malformed_envelope"),
        ({"body": b"{}\n" + b'{"type":"session"}\n{}\n' * 501}, 413, ("session", "too_large"), "too_many_items"),
        ({"headers": {"Content-Encoding": "gzip"}}, 400, ("default", "malformed"), "undecodable"),
        ({"headers": {"Content-Encoding": "lzma"}}, 415, ("default", "malformed"), "unknown_encoding"),
        ({"body": b'{}\n{"type":"event","length":9000000}\n'}, 413, ("error", "too_large"), "too_large_event"),
        ({"body": b'{}\n{"type":"attachment","length":200000000}\n'}, 413, ("attachment", "too_large"), "too_large_attachment"),
        ({"body": bytes(4 * MIB)}, 413, ("default", "too_large"), "too_large_envelope"),
        ({"complete": False}, 400, ("error", "failed"), "disconnected"),
    ],
)  # fmt: skip
async def test_a_refusal_has_its_reason(
    edge: Edge, sent: dict[str, object], status: int, counted: tuple[str, str], reason: str
) -> None:
    answer = await edge.send(**{"body": EVENT, **sent})  # type: ignore[arg-type]
    assert answer.status == status
    assert await edge.records() == []
    mine = {key[1:]: count for key, count in edge.counts.items() if key[0] == 42}
    assert list(mine) == [(*counted, reason)]
    assert all(seen.reason == reason and seen.status == status for seen in edge.seen)
    assert edge.seen
    if status == 401:
        assert reason not in answer.body.decode()


async def test_a_key_of_another_project_shows_in_both(edge: Edge) -> None:
    await edge.send(body=EVENT, key=OTHER_KEY)
    await edge.records()
    assert edge.counts == {(42, "default", "unauthenticated", "key_of_other_project"): 1}
    assert len(edge.seen) == 2
    assert {seen.detail["project_id"] for seen in edge.seen} == {7}
    assert {seen.detail["claimed"] for seen in edge.seen} == {"42"}


@pytest.mark.parametrize(
    "path", ["/api/0/envelope/", f"/api/{'9' * 30}/envelope/", f"/api/{2**63}/envelope/"]
)
async def test_impossible_project_numbers_are_not_counted(edge: Edge, path: str) -> None:
    assert (await edge.send(path, EVENT)).status == 401
    await edge.records()
    assert edge.counts == {}
    assert len(edge.seen) == 1  # by the project whose key it was


async def test_a_wrong_method_counts_no_item(edge: Edge) -> None:
    assert (await edge.send(method="GET")).status == 405
    assert (await edge.send(method="OPTIONS")).status == 200
    await edge.records()
    assert edge.counts == {}
    assert [(seen.status, seen.reason) for seen in edge.seen] == [(405, "wrong_method")]


async def test_what_is_remembered_of_an_accepted_request(edge: Edge) -> None:
    headers = {"Origin": "https://shop.example", "User-Agent": "x/1", "Content-Encoding": "gzip"}
    body = gzip.compress(EVENT)
    await edge.send(body=body, headers=headers)
    await edge.send(body=EVENT, query=f"sentry_key={KEY}&sentry_client=sentry.javascript%2F11", key=None)
    await edge.records()
    first, second = edge.seen
    assert (first.endpoint, first.status, first.reason, first.client) == ("envelope", 200, "", "x/1")
    assert (first.origin, first.remote_addr, first.event_id) == (
        "https://shop.example",
        "192.0.2.1",
        "a" * 32,
    )
    assert first.detail == {"items": {"event": 1}, "bytes": len(body), "encoding": "gzip"}
    assert second.client == "sentry.javascript/11"


class TestOrigins:
    ORIGINS = ("https://shop.example", "*.trusted.example")

    @pytest.mark.parametrize(
        ("origin", "status"),
        [
            (None, 200), ("https://shop.example", 200), ("https://a.trusted.example", 200),
            ("https://evil.example", 403), ("http://shop.example", 403), ("null", 403),
        ],
    )  # fmt: skip
    async def test_other_origins_are_refused(self, tmp_path: Path, origin: str | None, status: int) -> None:
        edge = an_edge(tmp_path, SizeLimits(event=MIB, body=MIB, encoded_body=MIB), origins=self.ORIGINS)
        headers = {"Origin": origin} if origin else {}
        for path, body in (("/api/42/envelope/", EVENT), ("/api/42/store/", b"{}")):
            answer = await edge.send(path, body, headers)
            assert answer.status == status
            assert answer.headers["access-control-allow-origin"] == "*"
        records = await edge.records()
        if status == 200:
            assert len(records) == 2
        else:
            assert records == []
            assert edge.counts == {
                (42, "default", "filtered", "allowed_origins"): 1,
                (42, "error", "filtered", "allowed_origins"): 1,
            }
            assert {seen.reason for seen in edge.seen} == {"origin_not_allowed"}
            assert {seen.origin for seen in edge.seen} == {origin}


class TestHandingOver:
    def exchange(self, edge: Edge) -> Exchange:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        request = Request("envelope", "POST", "42", None, {}, b"", None, 60.0, {})
        return Exchange(request, Body(receive), edge.intake.resources)

    def payloads(self, directory: Path) -> list[bytes]:
        found = []
        for claim in spool.Backlog(directory).claim(10**9):
            found += [record.payload for _, record in claim.segment.records()]
            claim.segment.settle()
        return found

    async def test_the_first_report_is_soon_and_the_next_ones_are_batched(
        self, tmp_path: Path, edge: Edge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        exchange = self.exchange(edge)
        monkeypatch.setattr(accounting, "SOON_SECONDS", 0.02)
        monkeypatch.setattr(accounting, "LEAST_SECONDS", 0.3)
        writer = SegmentWriter(tmp_path / "counts", "test", fsync=False)
        counting = Accounting(Tally(), writer)
        refused = Unauthorized(Reason.UNKNOWN_KEY)
        counting.refused(exchange, refused, "error")
        await asyncio.sleep(0.15)
        assert len(self.payloads(tmp_path / "counts")) == 1
        for _ in range(200):
            counting.refused(exchange, refused, "error")
        await asyncio.sleep(0.05)
        assert self.payloads(tmp_path / "counts") == []
        await asyncio.sleep(0.3)
        (payload,) = self.payloads(tmp_path / "counts")
        ((_, quantity),), seen, _ = tally.read(payload)
        assert quantity == 200
        assert len(seen) == LATEST
        assert [one.unlisted for _, one in seen] == [200 - LATEST, *[0] * (LATEST - 1)]
        await counting.close()
        await writer.close()
        assert self.payloads(tmp_path / "counts") == []

    async def test_counts_that_cannot_be_written_are_kept(
        self, tmp_path: Path, edge: Edge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        exchange = self.exchange(edge)
        writer = SegmentWriter(tmp_path / "counts", "test", fsync=False)
        counting = Accounting(Tally(), writer)
        counting.refused(exchange, Unavailable("full"), "error")
        append = writer.append

        async def full(*records: object) -> None:
            raise SpoolUnavailable("full")

        monkeypatch.setattr(writer, "append", full)
        await counting._flush()
        counting.refused(exchange, Unavailable("full"), "error")
        monkeypatch.setattr(writer, "append", append)
        await counting.close()
        await writer.close()
        (payload,) = self.payloads(tmp_path / "counts")
        counts, seen, _ = tally.read(payload)
        assert [quantity for _, quantity in counts] == [2]
        assert len(seen) == 2

    async def test_a_clean_stop_reports_what_is_left(self, edge: Edge) -> None:
        for _ in range(3):
            await edge.send(body=b"nonsense")
        await edge.records()
        assert edge.counts.total() == 3


async def test_a_flood_hides_neither_the_last_requests_nor_other_projects(edge: Edge) -> None:
    for number in range(3 * LATEST):
        await edge.send(body=an_envelope(an_item("session"), event_id=f"{number:032x}"))
    await edge.send(body=b"nonsense")
    await edge.send("/api/7/envelope/", EVENT, key=OTHER_KEY)
    await edge.records()
    accepted = [
        one
        for one in edge.seen
        if one.endpoint == "envelope" and not one.reason and one.detail["items"] == {"session": 1}
    ]
    assert [one.event_id for one in accepted] == [
        f"{number:032x}" for number in range(2 * LATEST, 3 * LATEST)
    ]
    assert sum(one.unlisted for one in accepted) == 2 * LATEST
    assert len(edge.seen) == LATEST + 2


async def test_a_disabled_key_is_refused_as_any_other(tmp_path: Path) -> None:
    holders = {KEY: Holder(42, key_id=5, usable=False)}
    edge = an_edge(tmp_path, SizeLimits(event=MIB, body=MIB, encoded_body=MIB), holders=holders)
    answer, unknown = await edge.send(body=EVENT), await edge.send(body=EVENT, key=OTHER_KEY)
    assert (answer.status, answer.json) == (unknown.status, unknown.json)
    await edge.records()
    assert edge.counts[42, "default", "unauthenticated", "disabled_key"] == 1
    assert [seen.reason for seen in edge.seen] == ["disabled_key", "unknown_key"]
    assert edge.used == {}


async def test_the_use_of_a_key_is_reported_once_a_minute(tmp_path: Path) -> None:
    holders = {KEY: Holder(42, key_id=5), OTHER_KEY: Holder(7, key_id=6)}
    edge = an_edge(tmp_path, SizeLimits(event=MIB, body=MIB, encoded_body=MIB), holders=holders)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        await edge.send(body=EVENT)
        await edge.records()
        assert edge.used == {5: 1_800_000_000}
        assert [seen.detail["key"] for seen in edge.seen] == [5]
        clock.shift(59)
        for key, path in ((KEY, "/api/42/envelope/"), (OTHER_KEY, "/api/7/envelope/")):
            await edge.send(path, EVENT, key=key)
        await edge.records()
        assert edge.used == {5: 1_800_000_000, 6: 1_800_000_059}
        clock.shift(1)
        await edge.send(body=EVENT)
        await edge.records()
        assert edge.used[5] == 1_800_000_060
        clock.shift(-3600)  # a clock that is set back
        await edge.send(body=EVENT)
        await edge.records()
        assert edge.used[5] == 1_799_996_460
