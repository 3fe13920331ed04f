"""The machine's clock jumps back and forth: no event is lost or counted twice, and no limit is exceeded."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.edge.auth import Keys
from ingest.edge.holder import Holder
from ingest.models import OutcomeCount
from ingest.rate_limits.windows import RateLimits
from ingest.spool import Record, SegmentWriter
from issues.models import Event, Issue
from rustrak.lib import clock
from tests.ingest.conftest import KEY, PROJECT, Edge

JUMPS = [0.0, -7200.0, 3600.0, -86_400.0 * 400, 86_400.0 * 400, 0.0]


@pytest.fixture
def jumping(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A list whose only item is how many seconds the wall clock is off."""
    off = [0.0]
    now, now_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: now() + off[0])
    monkeypatch.setattr(time, "time_ns", lambda: now_ns() + int(off[0] * 1e9))
    return off


def an_event(event_id: str) -> bytes:
    return b'{"event_id":"%b"}\n{"type":"event"}\n{"message":"tick"}' % event_id.encode()


async def test_the_edge_continues_to_answer(edge: Edge, jumping: list[float]) -> None:
    for off in JUMPS:
        jumping[0] = off
        began = time.monotonic()
        assert (await edge.send(body=an_event(uuid4().hex))).status == 200
        assert time.monotonic() - began < 5
    assert len(await edge.records()) == len(JUMPS)


@pytest.mark.django_db
def test_every_segment_is_digested_once(shop: Project, tmp_path: Path, jumping: list[float]) -> None:
    ids = [uuid4().hex for _ in range(60)]

    async def write() -> None:
        for start in range(0, 60, 10):
            jumping[0] = JUMPS[start // 10]
            writer = SegmentWriter(tmp_path, "web", fsync=False)
            for event_id in ids[start : start + 10]:
                await writer.append(
                    Record("event", shop.pk, event_id, time.time(), None, None, b'{"message":"tick"}')
                )
            await writer.close()

    asyncio.run(write())
    for off in random.Random(4).sample(JUMPS, len(JUMPS)):
        jumping[0] = off
        spool.recover(tmp_path)
        loop.drain(tmp_path)
    assert {event.event_id.hex for event in Event.objects.all()} == set(ids)
    issue = Issue.objects.get()
    assert issue.event_count == 60
    assert sorted(Event.objects.values_list("digest_order", flat=True)) == list(range(1, 61))
    stored = OutcomeCount.objects.filter(outcome="stored", category="error")
    assert sum(stored.values_list("quantity", flat=True)) == 60
    assert not list(tmp_path.glob("*.sealed"))


async def test_a_known_key_is_still_accepted(jumping: list[float]) -> None:
    asked: list[str] = []

    def look_up(keys: list[str]) -> dict[str, Holder]:
        asked.extend(keys)
        return {key: Holder(PROJECT, (), RateLimits(), ()) for key in keys}

    keys = Keys(look_up)
    for off in JUMPS:
        jumping[0] = off
        assert (await keys.holder(KEY)).project_id == PROJECT
    assert asked == [KEY]


@pytest.mark.django_db
@pytest.mark.parametrize("off", [-time.time() + 300, 365 * 86_400.0], ids=["1970", "in a year"])
def test_what_was_received_while_the_clock_was_wrong_is_received_now(
    shop: Project, tmp_path: Path, jumping: list[float], off: float
) -> None:
    began = clock.now()
    jumping[0] = off
    sent = began - timedelta(seconds=5)
    payload = b'{"timestamp":"%b"}' % clock.rfc3339(sent).encode()
    record = Record("event", shop.pk, uuid4().hex, time.time(), None, clock.rfc3339(began), payload)
    spool.write_sealed(tmp_path, [record])
    jumping[0] = 0.0
    loop.drain(tmp_path)
    event = Event.objects.get()
    assert began <= event.ingested_at <= clock.now()
    assert event.timestamp == sent
    assert set(OutcomeCount.objects.values_list("outcome", flat=True)) == {"accepted", "stored"}
    assert min(OutcomeCount.objects.values_list("minute", flat=True)) >= int(began.timestamp()) // 60
