from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from issues.mapping import batches
from issues.mapping.batches import LONGEST_WAIT, SHORTEST_WAIT, BatchMapping, Waits
from issues.payload.notes import Notes, What
from issues.payload.read import Occurrence, read
from issues.symbols.answers import Unavailable
from tests.lib.mapping import Uploads, browser_event, frames_of, original

WHEN = datetime(2026, 11, 27, tzinfo=UTC)


def _read(event: dict[str, object], batch: BatchMapping | None) -> Occurrence:
    return read(
        orjson.dumps(event),
        event_id="0" * 31 + "1",
        received_at=WHEN,
        readable=batch.readable if batch else None,
    )


def test_a_batch_asks_for_everything_at_once(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, column): original(column) for column in range(1, 101)})
    events = [browser_event((1, column), (1, column + 1)) for column in range(1, 100)]
    batch = BatchMapping(1, 1, lambda: map(orjson.dumps, events))
    for event in events:
        assert frames_of(batch.readable(event, Notes()))[0]["filename"] == "src/cart.ts"
    assert uploads.looked_up == 1
    assert [count for _, count in uploads.asked] == [100]


def test_what_is_read_of_a_mapped_event(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    event = browser_event((1, 10))
    plain, found = _read(event, None), _read(event, BatchMapping(1, 1))
    assert plain.culprit == "https://shop.example.com/static/app.js in e"
    assert found.culprit == "src/cart.ts in total"
    assert found.key == plain.key
    assert found.data == plain.data
    assert found.smart_key == "[smart 1] RangeError ⋄ too few ⋄ in cart.total"
    assert "total" in found.texts.frames
    assert frames_of(found.readable)[0]["function"] == "total"
    assert frames_of(found.payload)[0]["function"] == "e"


def test_an_event_that_is_not_mapped_is_read_as_ever(uploads: Uploads) -> None:
    assert _read(browser_event((1, 10)), BatchMapping(1, 1)) == _read(browser_event((1, 10)), None)


@pytest.mark.parametrize("is_late", [False, True])
def test_a_child_that_does_not_answer_leaves_a_note(uploads: Uploads, is_late: bool) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    if not is_late:
        uploads.failing = Unavailable("it does not answer")
    batch = BatchMapping(1, 1, patience=0 if is_late else 2)
    found = [_read(browser_event((1, 10)), batch) for _ in range(3)]
    assert [one.culprit for one in found] == ["https://shop.example.com/static/app.js in e"] * 3
    assert [[note.what for note in one.notes] for one in found] == [[What.NOT_MAPPED]] * 3
    assert len(uploads.asked) == (0 if is_late else 1)


def test_a_closed_batch_waits_for_nothing(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    batch = BatchMapping(1, 1)
    batch.close()
    event = browser_event((1, 10))
    assert batch.readable(event, Notes()) is event
    assert uploads.looked_up == 0


def test_a_project_with_slow_files_waits_less_for_a_minute() -> None:
    now = 0.0
    waits = Waits(lambda: now)
    waits.took(1, SHORTEST_WAIT)
    assert waits.patience(1) == LONGEST_WAIT, "a short wait costs nothing"
    waits.took(1, LONGEST_WAIT)
    assert (waits.patience(1), waits.patience(2)) == (SHORTEST_WAIT, LONGEST_WAIT)
    now = 30.0
    assert waits.patience(1) == (SHORTEST_WAIT + LONGEST_WAIT) / 2
    now = 60.0
    assert waits.patience(1) == LONGEST_WAIT
    for project_id in range(2, 9):
        waits.took(project_id, LONGEST_WAIT)
    assert waits.patience(9) == SHORTEST_WAIT, "all projects together have a limit"


def test_a_batch_of_the_digest_notes_its_waits(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    waits = Waits(lambda: 0.0)
    monkeypatch.setattr(batches, "waits", waits)
    monkeypatch.setattr(batches, "SHORTEST_WAIT", 0.0)
    batch = BatchMapping.of_digest(1, 1, tuple)
    assert frames_of(batch.readable(browser_event((1, 10)), Notes()))[0]["filename"] == "src/cart.ts"
    batch.close()
    assert waits.patience(1) < waits.patience(2)


def test_time_spent_on_reading_events_is_no_waiting(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    now = 0.0
    monkeypatch.setattr("issues.mapping.known.time.monotonic", lambda: now)
    batch = BatchMapping(1, 1, patience=1)
    now = 100.0
    assert _read(browser_event((1, 10)), batch).culprit == "src/cart.ts in total"
