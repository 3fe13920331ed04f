from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.models import Event, Issue, Level
from issues.payload import fields
from issues.payload.read import Occurrence, UnreadableEvent, read
from issues.record import codec
from tests.lib import events
from tests.lib.payloads import values

ID = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 23, 19, 0, 0, tzinfo=UTC)

FIELDS = [
    "timestamp", "level", "platform", "release", "environment", "transaction", "exception", "message", "logentry",
    "tags", "user", "fingerprint", "request", "sdk", "threads", "stacktrace", "culprit", "event_id",
    "sentry.interfaces.Exception",
]  # fmt: skip


def seen(event: dict[str, Any], **over: Any) -> Occurrence:
    given_here = {"event_id": ID, "received_at": NOW} | over
    return read(json.dumps(event).encode(), **given_here)


def assert_storable(occurrence: Occurrence) -> None:
    """Assert that every value fits its column, and that none has a NUL or a lone surrogate."""
    assert len(occurrence.title) <= Issue._meta.get_field("title").max_length
    for name in ("type", "value", "culprit", "platform"):
        assert len(getattr(occurrence, name)) <= Issue._meta.get_field(name).max_length
    for name in ("platform", "release", "environment"):
        assert len(getattr(occurrence, name)) <= Event._meta.get_field(name).max_length
    written = [getattr(occurrence, name) for name in ("title", "type", "value", "culprit", "key", "release")]
    assert "\x00" not in "".join(
        [*written, occurrence.platform, occurrence.environment, occurrence.transaction]
    )
    "".join(written).encode()
    assert occurrence.level in Level.values
    assert occurrence.timestamp.tzinfo is UTC
    assert NOW - timedelta(days=90) <= occurrence.timestamp <= NOW + timedelta(minutes=1)
    assert occurrence.person is None or -(2**63) <= occurrence.person < 2**63
    assert codec.decode(codec.encode(occurrence.data)) == json.loads(occurrence.data) == occurrence.payload


@given(st.dictionaries(st.sampled_from(FIELDS), values))
def test_no_value_anywhere_raises(event: dict[str, Any]) -> None:
    assert_storable(seen(event, remote_addr="192.0.2.1"))


mechanical = st.fixed_dictionaries(
    {},
    optional={
        "exception": st.fixed_dictionaries(
            {
                "values": st.lists(
                    st.dictionaries(st.sampled_from(["type", "value", "mechanism", "stacktrace"]), values)
                )
            }
        ),
        "stacktrace": st.fixed_dictionaries(
            {
                "frames": st.lists(
                    st.dictionaries(st.sampled_from(["function", "module", "filename", "in_app"]), values)
                )
            }
        ),
        "logentry": st.dictionaries(st.sampled_from(["message", "params", "formatted"]), values),
        "user": st.dictionaries(st.sampled_from(["id", "email", "username", "ip_address"]), values),
        "request": st.dictionaries(st.sampled_from(["env", "headers"]), values),
        "sdk": st.dictionaries(st.sampled_from(["settings", "name"]), values),
    },
)


@given(mechanical)
def test_no_value_deeper_in_raises(event: dict[str, Any]) -> None:
    assert_storable(seen(event))


@given(st.dictionaries(st.sampled_from(FIELDS), values))
def test_a_kept_payload_reads_the_same_again(event: dict[str, Any]) -> None:
    first = seen(event)
    again = seen(first.payload)
    assert (first.key, first.title, first.payload, first.person) == (
        again.key,
        again.title,
        again.payload,
        again.person,
    )


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b'"text"', b"5", b"{", b"\x1f\x8b\x08", b"[" * 50_000])
def test_data_that_is_not_an_object_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableEvent) as raised:
        read(data, event_id=ID, received_at=NOW)
    assert raised.value.reason


def test_the_payload_is_kept_as_sent() -> None:
    for event in (
        events.python_event(),
        events.javascript_event(),
        events.big_event(),
        events.message_event(),
    ):
        occurrence = seen(event)
        assert occurrence.payload == json.loads(json.dumps(event))
        assert occurrence.data == json.dumps(event).encode()


def test_characters_that_cannot_be_stored_are_noted() -> None:
    assert seen({"extra": {"a": "\x00"}}).notes == (("extra.a", "nul", "1"),)


@pytest.mark.parametrize(
    ("given_id", "own", "used"),
    [
        (ID, "f" * 32, ID),
        ("01234567-89AB-CDEF-0123-456789ABCDEF", None, ID),
        ("bad", "{01234567-89ab-cdef-0123-456789abcdef}", ID),
        ("0" * 32, None, "0" * 32),
    ],
)
def test_the_given_event_id_wins(given_id: str, own: Any, used: str) -> None:
    assert seen({"event_id": own}, event_id=given_id).event_id == used


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        (1795460400, datetime(2026, 11, 23, 19, 0, tzinfo=UTC)),
        (1795460399.5, datetime(2026, 11, 23, 18, 59, 59, 500000, tzinfo=UTC)),
        ("2026-11-23T18:00:00Z", datetime(2026, 11, 23, 18, 0, tzinfo=UTC)),
        ("2026-11-23t18:00:00z", datetime(2026, 11, 23, 18, 0, tzinfo=UTC)),
        ("2026-11-23T18:00:00", datetime(2026, 11, 23, 18, 0, tzinfo=UTC)),
        ("2026-11-23 18:00:00", datetime(2026, 11, 23, 18, 0, tzinfo=UTC)),
        ("2026-11-23T18:00:00.1Z", datetime(2026, 11, 23, 18, 0, 0, 100000, tzinfo=UTC)),
        ("2026-11-23T18:00:00.123456789Z", datetime(2026, 11, 23, 18, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-23T20:00:00+02:00", datetime(2026, 11, 23, 18, 0, tzinfo=UTC)),
        ("2026-11-23T19:00:59Z", NOW + timedelta(seconds=59)),
    ],
)
def test_times_of_every_form(sent: Any, moment: datetime) -> None:
    occurrence = seen({"timestamp": sent})
    assert occurrence.timestamp == moment
    assert occurrence.notes == ()


@pytest.mark.parametrize(
    "sent",
    [
        "2026-11-23 19:00", "1795460400", 1795460400000, "1795460400" + "0" * 60, "20261123T190000Z", True, [1], {}, "2026-02-30T00:00:00Z", 1e300, -1e300, 2**80,
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "NaN", "", "2026-11-23", "20261123T190000Z....",
        "2026-11-23T19:02:00Z", "2026-08-01T00:00:00Z", 0, "2026-11-23T18:00:60Z",
    ],
)  # fmt: skip
def test_an_unusable_time_becomes_the_time_of_arrival(sent: Any) -> None:
    occurrence = seen({"timestamp": sent})
    assert occurrence.timestamp == NOW
    assert occurrence.notes[0][0] == "timestamp"


@pytest.mark.parametrize(
    ("off", "corrected"),
    [
        (timedelta(minutes=54), False),
        (timedelta(minutes=55), True),
        (timedelta(days=400), True),
        (timedelta(days=-400), True),
    ],
)
def test_a_clock_that_is_off_is_corrected(off: timedelta, corrected: bool) -> None:
    true_time = NOW - timedelta(minutes=90)
    event = {"timestamp": (true_time - off).isoformat()}
    occurrence = seen(event, sent_at=NOW - off)
    assert occurrence.timestamp == (true_time if corrected else true_time - off)
    assert bool(occurrence.notes) == corrected


def test_times_of_other_zones_are_converted_to_utc() -> None:
    local = NOW.astimezone(timezone(timedelta(hours=-5)))
    assert seen({"timestamp": local.isoformat()}).timestamp == NOW


@pytest.mark.parametrize(
    ("sent", "level", "noted"),
    [
        ("fatal", 50, False), ("critical", 50, False), ("error", 40, False), ("warning", 30, False),
        ("warn", 30, False), ("info", 20, False), ("log", 20, False), ("debug", 10, False), ("trace", 10, False),
        ("WARNING", 30, False), (" Fatal ", 50, False), (10, 10, False), (50, 50, False), (40.0, 40, False),
        ("30", 30, False), (None, 40, False), (25, 40, True), ("loud", 40, True), (True, 40, True), ([], 40, True),
        ({"a": 1}, 40, True), (0, 40, True), ("", 40, True),
    ],
)  # fmt: skip
def test_levels(sent: Any, level: int, noted: bool) -> None:
    occurrence = seen({"level": sent})
    assert occurrence.level == level
    assert bool(occurrence.notes) == noted


@pytest.mark.parametrize(
    ("event", "release", "environment"),
    [
        ({"release": "shop@1.0", "environment": "prod"}, "shop@1.0", "prod"),
        ({"tags": {"release": "1", "environment": "prod"}}, "1", "prod"),
        ({"tags": [["release", "2"]], "release": "1"}, "1", ""),
        ({"release": 12, "environment": 5}, "12", "5"),
        ({"release": "..", "environment": "a/b"}, "", ""),
        ({"release": "a\nb", "environment": "None"}, "", ""),
        ({"release": "r" * 300, "environment": "e" * 100}, "r" * 200, "e" * 64),
        ({"release": None, "environment": None}, "", ""),
    ],
)
def test_release_and_environment(event: dict[str, Any], release: str, environment: str) -> None:
    occurrence = seen(event)
    assert (occurrence.release, occurrence.environment) == (release, environment)


@pytest.mark.parametrize(
    ("sent", "platform"),
    [("python", "python"), (None, "other"), ([], "other"), ("", "other"), ("x" * 99, "x" * 64)],
)
def test_platforms(sent: Any, platform: str) -> None:
    assert seen({"platform": sent}).platform == platform


FRAMES = {
    "stacktrace": {
        "frames": [{"module": "shop.cart", "function": "pay", "in_app": True}, {"function": "send"}]
    }
}


@pytest.mark.parametrize(
    ("event", "title", "type_", "value", "culprit"),
    [
        ({"exception": [{"type": "E", "value": "a\nb", **FRAMES}]}, "E: a", "E", "a\nb", "shop.cart.pay"),
        ({"exception": [{"type": "E", **FRAMES}], "transaction": "/t"}, "E", "E", "", "/t"),
        ({"exception": [{"value": "\n\nboom"}]}, "Error: boom", "Error", "boom", ""),
        ({"logentry": {"message": "%s left\nx", "params": [3]}}, "3 left", "", "3 left\nx", ""),
        ({"message": "\nhi"}, "hi", "", "hi", ""),
        ({}, "<unknown>", "", "", ""),
        (
            {"message": "m", "stacktrace": {"frames": [{"filename": "a.js", "function": "f"}]}},
            "m",
            "",
            "m",
            "a.js in f",
        ),
        ({"message": "m", "stacktrace": {"frames": [{"filename": "a.js"}]}}, "m", "", "m", "a.js"),
        ({"message": "m", "stacktrace": {"frames": [{"function": "f"}]}}, "m", "", "m", "f"),
        ({"message": "m", "culprit": "old"}, "m", "", "m", "old"),
        ({"transaction": "t" * 300}, "<unknown>", "", "", "t" * 200),
    ],
)
def test_title_and_culprit(event: dict[str, Any], title: str, type_: str, value: str, culprit: str) -> None:
    occurrence = seen(event)
    assert (occurrence.title, occurrence.type, occurrence.value, occurrence.culprit) == (
        title,
        type_,
        value,
        culprit,
    )


def test_titles_are_cut_without_an_ellipsis() -> None:
    occurrence = seen({"exception": [{"type": "T" * 500, "value": "v" * 5000}]})
    assert occurrence.title == f"{'T' * 128}: {'v' * 1024}"
    # The value is cut before its first line is looked for.
    assert seen({"exception": [{"type": "T", "value": "v" * 1023 + "\rw"}]}).title == "T: " + "v" * 1023


def person(event: dict[str, Any], remote_addr: str | None = "192.0.2.9") -> int | None:
    return seen(event, remote_addr=remote_addr).person


def test_a_person_is_identified_by_id_else_email_else_name_else_address() -> None:
    full = {"id": 7, "email": "a@example.org", "username": "ana", "ip_address": "192.0.2.1"}
    people = []
    for field in ("id", "email", "username", "ip_address"):
        people.append(person({"user": dict(full)}))
        assert people[-1] == person({"user": {field: full[field]}})
        del full[field]
    assert len(set(people)) == 4
    assert person({"user": {"id": "7"}}) == person({"user": {"id": 7}})
    assert person({"user": {"id": 0}}) is not None


def test_an_event_without_a_user_has_no_person() -> None:
    for user in (None, {}, [], "x", {"id": ""}, {"id": None}, {"id": {"a": 1}}, {"ip_address": "nonsense"}):
        assert person({"user": user}) is None


def test_the_address_auto_is_the_clients() -> None:
    theirs = person({"user": {"ip_address": "192.0.2.9"}})
    assert person({"user": {"ip_address": "{{auto}}"}}) == theirs
    assert person({"user": {"ip_address": "{{auto}}"}}, remote_addr=None) is None
    assert person({"sdk": {"settings": {"infer_ip": "auto"}}}) == theirs
    assert person({"sdk": {"settings": {"infer_ip": "never"}}, "user": {"ip_address": "{{auto}}"}}) is None
    assert person({"request": {"env": {"REMOTE_ADDR": "192.0.2.9"}}}, remote_addr=None) == theirs
    assert person({"platform": "javascript"}) == theirs
    assert person({"platform": "python"}) is None


def test_levels_are_the_models() -> None:
    assert {fields.DEBUG, fields.INFO, fields.WARNING, fields.ERROR, fields.FATAL} == set(Level.values)
