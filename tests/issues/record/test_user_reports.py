from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Project
from issues.models import UserReport
from issues.record import user_reports
from issues.record.user_reports import Report, UnreadableReport
from rustrak.lib import ids
from tests.lib.growth import assert_linear
from tests.lib.payloads import JSON
from tests.lib.user_reports import feedback, report, said_item

EVENT = "fc6d8c0c43fc4630ad850ee518f1b9d0"
CAPTURED = Path(__file__).parents[2] / "data" / "captured"
STORED = ("stored", "")
SAID = {"event_id": EVENT, "name": "Jane", "email": "jane@example.com", "comments": "It broke"}
ABOUT = {
    "contexts": {
        "feedback": {
            "message": "It broke 💥",
            "contact_email": "jane@example.com",
            "name": "Jane",
            "url": "https://shop.example/x",
            "associated_event_id": EVENT,
            "source": "widget",
        }
    }
}


def only() -> UserReport:
    return UserReport.objects.get()


@pytest.mark.django_db
class TestUserReports:
    def test_one_is_stored(self, shop: Project) -> None:
        item = said_item(SAID)
        assert report(shop, item) == {STORED: 1}
        row = only()
        assert (row.project, row.report_id, row.event_id) == (shop, UUID(EVENT), UUID(EVENT))
        assert (row.name, row.email, row.comments) == ("Jane", "jane@example.com", "It broke")
        assert (row.url, row.source, row.ingested_at) == ("", "user_report", item.received_at)

    def test_a_second_one_for_the_event_replaces_the_first(self, shop: Project) -> None:
        report(shop, said_item(SAID))
        before = only().pk
        assert report(shop, said_item(SAID | {"comments": "And again"})) == {STORED: 1}
        assert only().comments == "And again"
        assert only().pk > before
        assert report(shop, said_item(SAID | {"comments": "And again"})) == {("duplicate", ""): 1}

    def test_within_a_batch_the_last_one_wins(self, shop: Project) -> None:
        said = [said_item(SAID | {"comments": text}) for text in ("a", "b", "b", "a")]
        other = said_item(SAID | {"event_id": ids.new_event_id()})
        assert report(shop, *said, other) == {STORED: 4, ("duplicate", ""): 1}
        assert UserReport.objects.get(event_id=EVENT).comments == "a"

    def test_projects_do_not_mix(self, shop: Project) -> None:
        other = Project.objects.create(name="Other", slug="other")
        assert report(shop, said_item(SAID)) == report(other, said_item(SAID)) == {STORED: 1}

    def test_the_envelope_names_the_event_when_the_report_does_not(self, shop: Project) -> None:
        report(shop, said_item({"comments": "x"}, EVENT))
        assert only().event_id == UUID(EVENT)

    def test_hyphens_and_capitals_do_not_matter_in_event_ids(self, shop: Project) -> None:
        report(
            shop, said_item(SAID), said_item(SAID | {"event_id": str(UUID(EVENT)).upper(), "comments": "b"})
        )
        assert only().comments == "b"

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            (b"", "not_json"),
            (b"{", "not_json"),
            (b"[]", "not_an_object"),
            (b"null", "not_an_object"),
            ({"event_id": EVENT}, "no_comments"),
            ({"event_id": EVENT, "comments": None}, "no_comments"),
            ({"event_id": EVENT, "comments": " \n "}, "no_comments"),
            ({"event_id": EVENT, "comments": []}, "no_comments"),
        ],
    )
    def test_a_report_without_comments_is_invalid(self, shop: Project, said: Any, reason: str) -> None:
        assert report(shop, said_item(said), said_item(SAID)) == {("invalid", reason): 1, STORED: 1}

    def test_wrong_types_and_unstorable_characters(self, shop: Project) -> None:
        raw = b'{"event_id":7,"name":null,"email":["a\\u0000"],"comments":"a\\u0000b \\ud83d \xff"}'
        assert report(shop, said_item(raw, EVENT)) == {STORED: 1}
        row = only()
        assert (row.name, row.comments) == ("", "a\ufffdb \ufffd \ufffd")
        assert "\0" not in row.email

    def test_long_comments_are_cut_and_the_result_says_so(self, shop: Project) -> None:
        long = {"name": "n" * 999, "email": "e" * 999, "comments": "ä" * 50_000, "event_id": EVENT}
        assert report(shop, said_item(long)) == {("salvaged", "comments_cut"): 1}
        row = only()
        assert (len(row.name), len(row.email), len(row.comments)) == (200, 254, 10_000)
        assert report(shop, said_item(long)) == {("duplicate", ""): 1}

    def test_from_a_file_of_the_spool(self, shop: Project, tmp_path: Path) -> None:
        path = tmp_path / "1.blob"
        path.write_text(json.dumps(SAID))
        item = said_item(b"")
        assert report(shop, type(item)(item.id, item.received_at, None, b"", path)) == {STORED: 1}


@pytest.mark.django_db
class TestFeedback:
    def test_one_is_stored_under_its_own_id(self, shop: Project) -> None:
        own = ids.new_event_id()
        assert feedback(shop, said_item(ABOUT, own)) == {STORED: 1}
        row = only()
        assert (row.report_id, row.event_id) == (UUID(own), UUID(EVENT))
        assert (row.name, row.email, row.comments) == ("Jane", "jane@example.com", "It broke 💥")
        assert (row.url, row.source) == ("https://shop.example/x", "widget")

    def test_the_same_feedback_again_is_a_duplicate(self, shop: Project) -> None:
        own = ids.new_event_id()
        assert feedback(shop, said_item(ABOUT, own), said_item(ABOUT, own)) == {
            STORED: 1,
            ("duplicate", ""): 1,
        }
        assert feedback(shop, said_item(ABOUT, own)) == {("duplicate", ""): 1}
        assert feedback(shop, said_item(ABOUT)) == {STORED: 1}

    def test_several_may_be_about_one_event(self, shop: Project) -> None:
        feedback(shop, said_item(ABOUT), said_item(ABOUT))
        report(shop, said_item(SAID))
        assert UserReport.objects.filter(event_id=EVENT).count() == 3

    def test_the_events_user_names_the_person(self, shop: Project) -> None:
        event = {
            "contexts": {"feedback": {"message": "x", "name": None}},
            "user": {"username": "jane", "email": "j@example.org"},
            "request": {"url": "https://shop.example/cart"},
        }
        feedback(shop, said_item(event))
        row = only()
        assert (row.name, row.email, row.event_id) == ("jane", "j@example.org", None)
        assert (row.url, row.source) == ("https://shop.example/cart", "feedback")

    @pytest.mark.parametrize(
        "event",
        [{}, {"contexts": []}, {"contexts": {"feedback": "x"}}, {"contexts": {"feedback": {"message": {}}}}],
    )
    def test_a_report_without_comments_is_invalid(self, shop: Project, event: Any) -> None:
        assert feedback(shop, said_item(event)) == {("invalid", "no_comments"): 1}

    def test_recorded_ones(self, shop: Project) -> None:
        found = 0
        for path in sorted(CAPTURED.glob("*feedback*.body")):
            lines = path.read_bytes().split(b"\n")
            if len(lines) > 2 and b'"type":"feedback"' in lines[1]:
                header = json.loads(lines[0])
                assert feedback(shop, said_item(lines[2], header["event_id"])) == {STORED: 1}
                row = UserReport.objects.get(report_id=header["event_id"])
                assert (row.name, row.email) == ("Jane", "jane@example.com")
                assert row.comments.startswith("It broke")
                assert row.event_id is not None
                found += 1
        assert found >= 2


@given(JSON)
def test_any_json_is_a_report_or_is_not(value: Any) -> None:
    for data in (value, {"comments": value, "name": value, "email": value, "event_id": value}):
        try:
            found = user_reports.read(json.dumps(data).encode(), EVENT)
        except UnreadableReport:
            continue
        storable(found)


@given(JSON)
def test_any_json_is_a_feedback_or_is_not(value: Any) -> None:
    names = ("message", "name", "contact_email", "url", "source", "associated_event_id")
    for data in (
        value,
        {"contexts": {"feedback": dict.fromkeys(names, value)}, "user": value, "request": value},
    ):
        try:
            found = user_reports.read_feedback(json.dumps(data).encode(), EVENT)
        except UnreadableReport:
            continue
        storable(found)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    with suppress(UnreadableReport):
        storable(user_reports.read(data, EVENT))


def storable(found: Report) -> None:
    assert found.comments
    for text, limit in (
        (found.name, 200),
        (found.email, 254),
        (found.url, 1000),
        (found.source, 32),
        (found.comments, 10_000),
    ):
        assert len(text) <= limit
        assert "\0" not in text
        text.encode()


HOSTILE: dict[str, Callable[[int], Any]] = {
    "spaces": lambda n: {"comments": " " * n + "x", "name": " a" * n, "email": "\n" * n, "url": "\t" * n},
    "line breaks": lambda n: {"comments": "\r\n" * n + "x"},
    "emoji": lambda n: {"comments": "💥" * n, "name": "💥" * n},
    "a feedback": lambda n: {"contexts": {"feedback": {"message": "\r" * n + "x", "name": ["x"] * n}}},
    "a wide user": lambda n: {
        "contexts": {"feedback": {"message": "x"}},
        "user": {f"k{i}": i for i in range(n)},
    },
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_reading_takes_time_in_proportion_to_the_size(make: Callable[[int], Any]) -> None:
    def read(data: bytes) -> None:
        for reader in (user_reports.read, user_reports.read_feedback):
            try:
                reader(data, "0" * 32)
            except user_reports.UnreadableReport:
                pass

    assert_linear(lambda n: json.dumps(make(n)).encode(), read, largest=1 << 16)
