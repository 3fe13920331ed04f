from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.payload.notes import ASIDE, MOST, Notes, What
from issues.payload.read import read
from issues.render import notes as rendered
from issues.render.notes import Remark, remarks
from tests.lib.payloads import JSON, as_stored


def said(what: What, detail: str = "", field: str = "extra") -> str:
    found = remarks([[field, what.value, detail]], {})
    listed = (*found.first, Remark("", found.user or found.sdk or found.attachments))
    return listed[0].text


@pytest.mark.parametrize("what", [what for what in What if what != What.MORE])
@pytest.mark.parametrize("detail", ["", "nonsense", "300 200", "12", "-5", "<b>", "9" * 500])
def test_every_code_has_a_sentence(what: What, detail: str) -> None:
    sentence = said(what, detail)
    assert sentence.endswith(".")
    assert what.value not in sentence or "_" not in what.value


@pytest.mark.parametrize(
    ("what", "detail", "sentence"),
    [
        (What.NUL, "1", "A NUL character was replaced with \ufffd."),
        (What.NUL, "1200", "A NUL character was replaced with \ufffd (1,200 times)."),
        (What.CUT, "8388608 8192", "Cut from 8,388,608 to 8,192 characters."),
        (What.SALVAGED, "8388608 1048570", "The event was too large and was cut from 8 MiB to 1 MiB."),
        (What.UNKNOWN_LEVEL, "loud", "“loud” is not a known level; error was used."),
        (What.CLOCK_DRIFT, "3600", "The client's clock was 1 h behind; the time was corrected."),
        (What.CLOCK_DRIFT, "-864000", "The client's clock was 10 d ahead; the time was corrected."),
        (What.IN_FUTURE, "90", "The time is 1 min 30 s in the future; the time of arrival was used."),
        (What.FRAMES_CUT, "1200 250", "Of 1,200 frames, 250 were kept."),
    ],
)  # fmt: skip
def test_sentences(what: What, detail: str, sentence: str) -> None:
    assert said(what, detail) == sentence


def test_many_notes_are_folded_and_all_are_counted() -> None:
    notes = Notes()
    for number in range(MOST + 7):
        notes.add(f"extra.{number}", What.WRONG_TYPE, "5")
    found = remarks([list(note) for note in notes.all()], {})
    assert found.count == MOST + 7
    assert len(found.first) == rendered.OPEN
    assert len(found.first + found.folded) == MOST + 1
    assert found.folded[-1] == Remark("", "And 7 more, which were not kept.")


def test_replaced_characters_are_listed_last() -> None:
    rows = [["a", "nul", "1"], ["level", "unknown_level", "x"], ["", "salvaged", "9 5"], ["", "more", "3"]]
    assert [remark.field for remark in remarks(rows, {}).first] == ["", "level", "a", ""]


def test_notes_that_are_not_problems_are_not_listed() -> None:
    found = remarks([["user.ip_address", "client_address", "192.0.2.1"], ["sdk", "envelope_sdk", "s 1"]], {})
    assert not found
    assert found.first == ()
    assert {What.CLIENT_ADDRESS, What.ENVELOPE_SDK, What.NOT_KEPT} == ASIDE
    assert "192.0.2.1" in found.user
    assert "s 1" in found.sdk
    for reason, words in (
        ("little_space", "too little free disk space"),
        ("too_many_bytes", "as many bytes"),
    ):
        assert words in remarks([["", "not_kept", reason]], {}).attachments


def test_without_notes_there_are_no_remarks() -> None:
    for notes in (None, [], "x", 5, [5, None, [], ["a"], {}]):
        assert not remarks(notes, {})


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert remarks([["a", "from_tomorrow", "7"]], {}).first == (Remark("a", "from_tomorrow 7"),)


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ({"rem": [["!config", "s"]]}, "Removed by the SDK."),
        ({"rem": [["@ip:replace", "s", 0, 4]], "len": 12000}, "Removed by the SDK (rule @ip:replace). Its original length was 12,000."),
        ({"rem": [["!limit", "x"]]}, "Removed by the SDK."),
        ({"rem": [["?"]]}, "Changed by the SDK (rule ?)."),
        ({"len": 300}, "Cut by the SDK. Its original length was 300."),
        ({"err": [["invalid_data", {"reason": "x"}]]}, "The SDK reports: invalid data."),
        ({"err": ["past_timestamp"]}, "The SDK reports: past timestamp."),
    ],
)  # fmt: skip
def test_what_the_sdk_did(mark: dict[str, Any], text: str) -> None:
    meta = {"request": {"headers": {"0": {"1": {"": mark}}}}}
    assert remarks(None, {"_meta": meta}).first == (Remark("request.headers.0.1", text),)


def test_the_sdks_marks_are_in_the_order_of_the_payload_and_bounded() -> None:
    mark = {"": {"len": 1}}
    assert [remark.field for remark in remarks(None, {"_meta": {"b": {"x": mark, "y": mark}, "a": mark}}).first] == [
        "b.x", "b.y", "a",
    ]  # fmt: skip
    assert remarks(None, {"_meta": {str(number): mark for number in range(5000)}}).count == rendered.MOST
    deep: dict[str, Any] = mark
    for _ in range(200):
        deep = {"a": deep}
    assert not remarks(None, {"_meta": deep})


@given(JSON, JSON)
def test_nothing_raises(notes: Any, meta: Any) -> None:
    stored = as_stored({"notes": notes, "_meta": meta})
    found = remarks(stored["notes"], stored)
    for remark in found.first + found.folded:
        assert "\x00" not in remark.field + remark.text
        (remark.field + remark.text).encode()


@given(st.dictionaries(st.sampled_from(["level", "tags", "timestamp", "exception", "user", "extra"]), JSON))
def test_every_note_of_reading_has_a_sentence(event: dict[str, Any]) -> None:
    occurrence = read(
        json.dumps(event).encode(), event_id="a" * 32, received_at=datetime(2026, 11, 23, tzinfo=UTC)
    )
    found = remarks([list(note) for note in occurrence.notes], {})
    codes = {note.what for note in occurrence.notes}
    for remark in found.first + found.folded:
        assert not any(remark.text.startswith(code) for code in codes)
