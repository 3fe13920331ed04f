from __future__ import annotations

from collections import Counter
from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ledger import tally as tally_module
from ingest.ledger.outcomes import Outcome, Reason
from ingest.ledger.tally import LATEST, AnsweredRequest, Tally, read

AT = 1_764_000_000.0
MINUTE = int(AT) // 60


def seen(number: int, reason: str = "", **over: object) -> AnsweredRequest:
    values = {"client": "", "origin": "", "remote_addr": "192.0.2.1", "event_id": None, **over}
    return AnsweredRequest(AT + number, "envelope", 400 if reason else 200, reason, **values)  # type: ignore[arg-type]


def test_an_empty_tally_has_no_payload() -> None:
    tally = Tally()
    assert tally.take() is None
    tally.count(1, "error", Outcome.TOO_LARGE, Reason.TOO_LARGE_EVENT, at=AT)
    assert tally.take() is not None
    assert tally.take() is None


def test_counts_add_up_by_minute() -> None:
    tally = Tally()
    for number in range(61):
        tally.count(1, "error", Outcome.MALFORMED, Reason.MALFORMED_JSON, 2, at=AT + number)
    tally.count(2, "span", Outcome.UNSUPPORTED, at=AT)
    payload = tally.take()
    assert payload is not None
    first = int(60 - AT % 60)
    assert read(payload)[0] == [
        ((1, MINUTE, "error", "malformed", "malformed_json"), 2 * first),
        ((1, MINUTE + 1, "error", "malformed", "malformed_json"), 2 * (61 - first)),
        ((2, MINUTE, "span", "unsupported", ""), 1),
    ]


def test_the_latest_requests_of_each_kind_are_kept() -> None:
    tally = Tally()
    for number in range(LATEST + 20):
        tally.remember(1, seen(number))
        tally.remember(1, seen(number, Reason.EMPTY, detail={"size": number}))
    payload = tally.take()
    assert payload is not None
    kept = [request for _, request in read(payload)[1]]
    assert [replace(one, unlisted=0) for one in kept if not one.reason] == [
        seen(n) for n in range(20, LATEST + 20)
    ]
    assert [one.unlisted for one in kept] == 2 * [20, *[0] * (LATEST - 1)]
    tally.give_back(payload)
    tally.remember(1, seen(LATEST + 20))
    assert [one.unlisted for _, one in read(tally.take() or b"")[1]] == [
        21,
        *[0] * (LATEST - 1),
        20,
        *[0] * (LATEST - 1),
    ]
    assert [one.detail["size"] for one in kept if one.reason] == list(range(20, LATEST + 20))


def test_with_many_projects_each_keeps_fewer_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "MAX_REQUESTS", 20)
    tally = Tally()
    for project in range(10):
        for number in range(10):
            tally.remember(project, seen(number))
    payload = tally.take()
    assert payload is not None
    requests = read(payload)[1]
    assert Counter(project for project, _ in requests) == dict.fromkeys(range(10), 2)
    assert {(request.received_at, request.unlisted) for _, request in requests} == {(AT + 8, 8), (AT + 9, 0)}


def test_unauthenticated_requests_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "MAX_UNAUTHENTICATED", 5)
    monkeypatch.setattr(tally_module, "MAX_PROJECTS", 5)
    tally = Tally()
    tally.remember(1, seen(0))
    for project in range(100, 200):
        tally.count(project, "error", Outcome.UNAUTHENTICATED, Reason.UNKNOWN_KEY, at=AT)
        tally.remember(project, seen(0, Reason.UNKNOWN_KEY))
    tally.count(1, "error", Outcome.TOO_LARGE, at=AT)
    payload = tally.take()
    assert payload is not None
    counts, requests, _ = read(payload)
    assert len(counts) == 6
    assert counts[0] == ((1, MINUTE, "error", "too_large", ""), 1)
    assert [project for project, _ in requests] == [1, *range(195, 200)]


def test_any_strings_are_written_and_read() -> None:
    tally = Tally()
    tally.remember(
        1, seen(0, "odd\x00", client="\ud800", origin="\udcff", detail={"a": "\x00", "b": float("inf")})
    )
    payload = tally.take()
    assert payload is not None
    ((_, request),) = read(payload)[1]
    assert (request.client, request.origin, request.reason) == ("\ufffd", "\ufffd", "odd\ufffd")
    assert request.detail == {"a": "\ufffd", "b": "Infinity"}


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[]", b'{"counts":[[1]],"seen":[]}', b'{"counts":[],"seen":[[1,2]]}', b"null"]
)
def test_what_is_not_a_tally_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):
        read(payload)


KEYS = st.tuples(
    st.integers(1, 3), st.sampled_from(["error", "span"]),
    st.sampled_from([Outcome.TOO_LARGE, Outcome.UNAUTHENTICATED]), st.sampled_from(["", "no_key"]),
    st.integers(1, 5), st.sampled_from([AT, AT + 60]),
)  # fmt: skip
STEPS = st.lists(st.one_of(KEYS, st.sampled_from(["take", "give back", "saw", "refused"])), max_size=60)


@given(STEPS)
def test_nothing_is_lost_or_counted_twice(steps: list[object]) -> None:
    tally = Tally()
    expected: Counter[tuple[object, ...]] = Counter()
    given_away: Counter[tuple[object, ...]] = Counter()
    taken: list[bytes] = []
    number = 0
    written: list[AnsweredRequest] = []
    for step in [*steps, "take"]:
        if isinstance(step, tuple):
            project, name, outcome, reason, quantity, at = step
            tally.count(project, name, outcome, reason, quantity, at=at)
            expected[project, int(at // 60), name, outcome.value, reason] += quantity
        elif step == "give back" and taken:
            tally.give_back(taken.pop())
        elif step == "take" and (payload := tally.take()) is not None:
            assert orjson.loads(payload)
            taken.append(payload)
        elif step in ("saw", "refused"):
            number += 1
            written.append(seen(number, Reason.EMPTY if step == "refused" else ""))
            tally.remember(7, written[-1])
    requests = []
    for payload in taken:
        counts, kept, _ = read(payload)
        for key, quantity in counts:
            given_away[key] += quantity
        requests += [request for _, request in kept]
    assert given_away == expected
    assert sorted(requests, key=lambda one: one.received_at) == written
    for payload in taken:
        kept = [request.received_at for _, request in read(payload)[1] if request.reason]
        assert kept == sorted(kept)


@given(STEPS)
def test_equal_counts_are_equal_bytes(steps: list[object]) -> None:
    counts = [step for step in steps if isinstance(step, tuple)]

    def payload(ordered: list[tuple[object, ...]]) -> bytes | None:
        tally = Tally()
        for project, name, outcome, reason, quantity, at in ordered:
            tally.count(project, name, outcome, reason, quantity, at=at)  # type: ignore[arg-type]
        return tally.take()

    assert payload(counts) == payload(counts[::-1])


def test_when_keys_were_used_is_written_and_read() -> None:
    tally = Tally()
    tally.use(5, 20.0)
    tally.use(5, 10.0)
    tally.use(6, 1.0)
    payload = tally.take() or b""
    assert read(payload).used == {5: 20.0, 6: 1.0}
    assert tally.take() is None
    tally.use(6, 2.0)
    tally.give_back(payload)
    assert read(tally.take() or b"").used == {5: 20.0, 6: 2.0}
    assert read(b'{"counts": [], "seen": []}').used == {}  # of an earlier version
