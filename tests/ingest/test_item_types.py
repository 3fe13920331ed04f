"""The table of item types: every row is complete, and one row is all that a new type needs."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from accounts.models import Project
from ingest import item_types
from ingest.digest import handlers, loop
from ingest.edge.size_limits import SizeLimits
from ingest.item_types import CATEGORIES, ITEM_TYPES, ItemType, Kept, category
from ingest.ledger.outcomes import Outcome
from ingest.words import contents
from ingest.words import outcomes as words
from issues.record.items import Item, ItemOutcome, Result, Results
from tests.ingest.conftest import MIB, PROJECT, Edge, an_edge
from tests.lib import spooled

LIMITS = SizeLimits(event=MIB, body=20 * MIB, encoded_body=20 * MIB, attachment=3 * MIB, attachments=7)
KEPT = sorted(name for name, row in ITEM_TYPES.items() if row.kept)


@pytest.mark.parametrize(
    ("item_type", "expected"),
    [
        ("event", "error"), ("sessions", "session"), ("replay_video", "replay"), ("check_in", "monitor"),
        ("user_report", "feedback"), ("metric_buckets", "trace_metric"), ("hologram", "default"), ("", "default"),
    ],
)  # fmt: skip
def test_the_category_of_an_item(item_type: str, expected: str) -> None:
    assert category(item_type) == expected
    assert category(item_type) in CATEGORIES


def test_the_words_of_types_and_categories() -> None:
    assert item_types.word("check_in") == "check-in"
    assert item_types.word("replay_recording") == "replay recording"
    for name in CATEGORIES:
        assert words.category(name) != name


def test_what_is_kept() -> None:
    assert KEPT == [
        "attachment", "check_in", "client_report", "event", "feedback", "session", "sessions", "user_report",
    ]  # fmt: skip
    assert item_types.kept("transaction") is None
    assert item_types.kept("hologram") is None
    assert {"event", "attachment"} == item_types.LIMITED
    assert {"attachment"} == item_types.STREAMED


def test_limits() -> None:
    assert LIMITS.items == {
        "event": 8 * MIB, "attachment": 3 * MIB, "user_report": MIB, "feedback": MIB, "check_in": 100 * 1024,
        "session": 10 * MIB, "sessions": 10 * MIB, "client_report": 100 * 1024,
    }  # fmt: skip
    assert LIMITS.counts == {
        "event": 1,
        "attachment": 7,
        "session": 100,
        "sessions": 100,
        "client_report": 100,
    }
    for name in KEPT:
        assert name in LIMITS.too_large(name).detail


@pytest.mark.parametrize("name", KEPT)
def test_every_row_names_an_existing_handler_and_function(name: str) -> None:
    found = handlers.handler(name)
    kept = item_types.kept(name)
    assert isinstance(found, handlers.ItemHandler)
    assert kept is not None
    assert f"{type(found).__module__}.{type(found).__qualname__}" == kept.handler
    if kept.stored_by:
        assert f"{found.stored_by.__module__}.{found.stored_by.__qualname__}" == kept.stored_by
        assert len(inspect.signature(found.stored_by).parameters) >= 3


def test_what_is_not_kept_has_no_handler() -> None:
    assert all(handlers.handler(name) is None for name in ITEM_TYPES if name not in KEPT)
    assert handlers.handler("hologram") is None


def test_item_outcomes_are_outcomes_of_the_ledger() -> None:
    assert {one.value for one in ItemOutcome} <= {one.value for one in Outcome}
    assert {one.name for one in ItemOutcome} <= {one.name for one in Outcome}


stored: list[tuple[int, bytes]] = []


def store_holograms(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    stored.extend((project_id, item.data) for item in items)
    return Results([Result(ItemOutcome.STORED)] * len(items))


async def send_holograms(edge: Edge) -> list[int]:
    item = b'{"type":"hologram"}\n%b\n'
    too_large = b"{}\n" + item % (b"x" * 101)
    too_many = b"{}\n" + item % b"x" * 3
    answers = [
        await edge.send(body=body) for body in (b"{}\n" + item % b"one" + item % b"two", too_large, too_many)
    ]
    await edge.intake.close()
    return [answer.status for answer in answers]


@pytest.mark.django_db
def test_a_new_type_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ItemType(
        "hologram",
        "monitor",
        "holographic image",
        Kept(
            max_bytes=lambda sizes: 100,
            max_items=lambda sizes: 2,
            stored_by=f"{__name__}.{store_holograms.__name__}",
        ),
    )
    monkeypatch.setitem(ITEM_TYPES, "hologram", row)
    monkeypatch.setattr(handlers, "_handlers", {})
    stored.clear()
    project = Project.objects.create(pk=PROJECT, name="Projector", slug="projector")
    assert asyncio.run(send_holograms(an_edge(tmp_path, replace(LIMITS)))) == [200, 413, 413]
    assert loop.drain(tmp_path) == 3, "two items, and what the edge counted"
    assert stored == [(PROJECT, b"one"), (PROJECT, b"two")]
    assert spooled.outcomes(project) == {
        ("monitor", "accepted", ""): 2,
        ("monitor", "stored", ""): 2,
        ("monitor", "too_large", "too_large_envelope"): 1,
        ("monitor", "too_large", "too_many_items"): 3,
    }
    shown = contents.items({"items": {"hologram": 2}})
    assert [(str(one), one.kept) for one in shown] == [("2 × holographic image", True)]
