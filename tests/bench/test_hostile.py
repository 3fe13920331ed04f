"""The corpus of hostile inputs can be sent, and the benchmark ends what takes too long."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bench import hostile, hostile_worker
from tests.lib.hostile import ATTACKS, Attack, Kind, logs
from tests.lib.hostile.attack import Post

# What a sender may send at once: MAX_ENVELOPE_COMPRESSED_BYTES.
MOST_SENT = 20 * 1024 * 1024


def measured(name: str, **over: Any) -> hostile.Measured:
    attack = Attack(name, Kind.PAGE, list)
    found: dict[str, Any] = {
        "sent": 100, "stored": {"database": 4096, "quota": 9}, "edge": {"cpu": 0.1, "stall": 0.05, "memory": 1.0},
        "digest": {"cpu": 0.2, "memory": 3.0}, "pages": [{"page": "/", "cpu": 0.3, "size": 9000, "status": 200}],
        "over": [], "seconds": 5.0,
    }  # fmt: skip
    return hostile.Measured(attack, **{**found, **over})


def test_names_are_unique_and_every_kind_has_examples_and_neighbours() -> None:
    assert [name for name, count in Counter(one.name for one in ATTACKS).items() if count > 1] == []
    for kind in Kind:
        if kind is not Kind.LOGS:
            examples = [one.example for one in ATTACKS if one.kind is kind]
            assert any(examples)
            assert examples.count(False) >= 5
    assert sum(line.example for line in logs.ATTACKS) >= 2


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one.example], ids=lambda one: one.name)
def test_an_example_is_as_small_as_a_sender_may_send(attack: Attack) -> None:
    posts = attack.make()
    assert posts
    assert all(0 < len(post.body) <= MOST_SENT for post in posts)
    assert all(post.path.startswith("/") for post in posts)


def test_a_request_is_encoded_for_a_socket() -> None:
    sent = Post(b"{}", headers={"A": "b"}).encoded("h:1", "7", "f" * 32, claimed=9)
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.splitlines() == [
        b"POST /api/7/envelope/?sentry_key=" + b"f" * 32 + b" HTTP/1.1", b"Host: h:1", b"A: b", b"Content-Length: 9",
    ]  # fmt: skip
    assert body == b"{}"


def test_a_quick_run_measures_the_examples_and_a_full_one_all() -> None:
    quick, usual, full = hostile.chosen(quick=True), hostile.chosen(), hostile.chosen(full=True)
    assert {one.name for one in quick} < {one.name for one in usual} < {one.name for one in full}
    assert all(one.example and not one.held for one in quick)


def test_a_step_that_does_not_end_is_killed_and_what_it_said_before_is_kept() -> None:
    def endless() -> Iterator[dict[str, Any]]:
        yield {"before": 1}
        while True:
            pass

    rows, end = hostile_worker.apart(endless, 0.0)
    assert rows == [{"before": 1}]
    assert end == "> 0 s"


def test_a_step_that_fails_says_so() -> None:
    def failing() -> Iterator[dict[str, Any]]:
        yield {"before": 1}
        raise SystemExit("no")

    assert hostile_worker.apart(failing, 5.0) == ([{"before": 1}], "failed")
    assert hostile_worker.apart(lambda: iter([{"a": 1}]), 5.0) == ([{"a": 1}], "")


def test_the_worst_is_found_and_what_was_killed_is_shown_as_its_limit() -> None:
    killed = measured("killed", edge={}, over=[["edge", "> 5 s"]])
    slow = measured("slow", pages=[{"page": "/p", "cpu": 5.0, "size": 0, "status": 0}])
    (_, heads, kinds), (_, _, worst) = hostile.tables([killed, slow, measured("usual")])
    row = dict(zip(heads, kinds[0], strict=True))
    assert row["edge CPU ms"] == "> 5000 (killed)"
    assert row["page CPU s"] == "> 5 (slow)"
    assert row["bytes kept per byte sent"].startswith("41 ")
    assert ["edge CPU ms", "> 5000", "page", "killed", "0.1"] in worst


def test_each_input_can_have_a_row() -> None:
    ((_, heads, rows),) = hostile.tables([measured("one"), measured("two")], every=True)
    assert [row[0] for row in rows] == ["one", "two"]
    assert len(heads) == len(rows[0])
    assert json.dumps(rows)
