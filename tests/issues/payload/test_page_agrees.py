"""The columns that the digest stores of an event agree with what its page shows of the payload."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import brotli
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from issues.payload import access, stack, user
from issues.payload.frames import name as frame_name
from issues.payload.read import Occurrence, read
from issues.payload.title import NO_TITLE
from issues.render.event import EventView, event_view
from issues.render.markdown import markdown
from issues.render.values import line, visible
from tests.lib import replay
from tests.lib.examples import at_most
from tests.lib.payloads import JSON, NAMES, recorded

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


def captured_events() -> Iterator[Any]:
    """The events in the recorded requests, from envelopes and from bodies of the store endpoint."""
    for request in replay.recorded():
        endpoint = request.path.rstrip("/").rsplit("/", 1)[-1]
        if endpoint not in ("store", "envelope"):
            continue
        headers = {name.lower(): value for name, value in request.headers}
        body = unpacked(request.body, headers.get("content-encoding", ""))
        events = [json.loads(body)] if endpoint == "store" else events_of_envelope(body)
        for number, event in enumerate(events):
            yield pytest.param(event, id=f"{request.name}-{number}")


def unpacked(body: bytes, encoding: str) -> bytes:
    if encoding == "br":
        return brotli.decompress(body)
    if body[:1] == b"{":
        return body
    packed = body if encoding in ("gzip", "deflate") else base64.b64decode(body)
    return zlib.decompress(packed, 47)


def events_of_envelope(body: bytes) -> Iterator[dict[str, Any]]:
    _, _, rest = body.partition(b"\n")
    while rest.strip():
        head, _, rest = rest.partition(b"\n")
        header = json.loads(head)
        length = header.get("length", rest.find(b"\n") if b"\n" in rest else len(rest))
        if header.get("type") == "event":
            yield json.loads(rest[:length])
        rest = rest[length:].removeprefix(b"\n")


CAPTURED = list(captured_events())


def squeezed(text: str) -> str:
    """Text without white space: JSON is written in more than one way."""
    return "".join(text.split())


def stored_and_shown(event: dict[str, Any]) -> tuple[Occurrence, EventView]:
    occurrence = read(json.dumps(event).encode(), event_id="a" * 32, received_at=NOW)
    view = event_view(
        occurrence.payload,
        platform=occurrence.platform,
        timestamp=occurrence.timestamp,
        notes=[list(note) for note in occurrence.notes],
    )
    return occurrence, view


def assert_page_agrees(event: dict[str, Any]) -> None:
    occurrence, view = stored_and_shown(event)
    assert_names_agree(occurrence, view)
    assert_facts_agree(occurrence, view)
    assert_place_agrees(occurrence, view)


def assert_names_agree(occurrence: Occurrence, view: EventView) -> None:
    """Title, type and value against heading, exception and message."""
    assert view.type == visible(occurrence.type)
    if occurrence.type:
        assert view.value.startswith(visible(occurrence.value).rstrip("\r"))
        title = f"{view.type}: {view.value}" if view.value else view.type
        assert title.startswith(visible(occurrence.title).rstrip("\r"))
        if (main := view.exceptions.main) is not None:
            assert main.type.startswith(line(occurrence.type)[:100])
            shown = main.value.text if main.value else ""
            assert squeezed(shown).startswith(squeezed(visible(occurrence.value))[:50]) or main.value.kind in (
                "object", "array",
            )  # fmt: skip
    elif view.message:
        # A message that cannot be read is shown as JSON under a title that says so.
        text = view.message.text.text.lstrip("\r\n")
        if occurrence.value:
            assert text.startswith(visible(occurrence.value).rstrip("\r")[:1000])
        else:
            assert occurrence.title == NO_TITLE
    elif not view.exceptions.thrown:
        assert (occurrence.title, occurrence.value) == (NO_TITLE, "")


def assert_facts_agree(occurrence: Occurrence, view: EventView) -> None:
    """Columns against the head of the page, the times, the tags and the user."""
    chips = {chip.name: chip.value for chip in view.chips}
    assert chips.get("environment", "") == line(occurrence.environment, 64)
    assert chips.get("transaction", "") == line(occurrence.transaction)
    assert chips.get("release", "").startswith(line(occurrence.release))
    assert bool(chips.get("release")) == bool(line(occurrence.release))
    assert view.timestamp is not None
    assert abs(view.timestamp - occurrence.timestamp) <= timedelta(seconds=1)
    tags = {row.name: row.value.text for row in view.tags.fields} if view.tags else {}
    for name, value in occurrence.tags.items():
        assert tags[line(name)] == visible(value)
    people = access.mapping(access.interface(occurrence.payload, "user"))
    known = next((people[name] for name in user.IDENTIFIERS if access.text(people.get(name))), None)
    if occurrence.person is not None and isinstance(known, str | int | float):
        assert view.user
        assert any(visible(access.text(known))[:100] in row.value.text for row in view.user.fields)


def assert_place_agrees(occurrence: Occurrence, view: EventView) -> None:
    """The culprit against the frame that is open."""
    frame = stack.main_frame(occurrence.payload)
    if occurrence.transaction or frame is None or not stack.named(frame):
        return
    assert occurrence.culprit == stack.named(frame)
    function = line(frame_name.shown(frame, occurrence.platform), 240)
    stacks = [
        view.stack,
        *(one.stack for one in view.exceptions.thrown),
        *(one.stack for one in view.threads.threads),
    ]
    opened = [shown for one in stacks for shown in one.frames if shown.open]
    assert opened
    if function and function != frame_name.ANONYMOUS:
        assert any(shown.function == function and shown.raised for shown in opened)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_agrees_for_recorded_events(name: str) -> None:
    assert_page_agrees(recorded(name))


def test_there_are_captured_events_of_both_endpoints() -> None:
    assert len(CAPTURED) > 20


@pytest.mark.parametrize("event", CAPTURED)
def test_the_page_agrees_for_captured_requests(event: dict[str, Any]) -> None:
    assert_page_agrees(event)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-100, 2**53), st.floats(allow_nan=False), st.text(max_size=40),
    st.sampled_from(["took %.2f s", "%s of %s", "{} {0} {name}", "%(name)s", "100%", "100%% of %d", "a\nb", "\n\n", " ", "x" * 2000]),
    st.sampled_from(["2026-11-23T18:00:00Z", "1795460000", 1795460000000, 1795460000.5, "2026-11-23 18:00"]),
)  # fmt: skip
ANY = st.one_of(SCALARS, JSON)
PARAMS = st.one_of(
    st.lists(ANY, max_size=3), st.dictionaries(st.sampled_from(["name", "0", "other"]), ANY, max_size=3), ANY
)
MESSAGE = st.one_of(
    ANY, st.fixed_dictionaries({}, optional={"message": ANY, "params": PARAMS, "formatted": ANY})
)
FRAME = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "function": ANY, "module": ANY, "filename": ANY, "abs_path": ANY, "in_app": st.one_of(st.booleans(), ANY),
            "lineno": ANY,
        },
    ),
    ANY,
)  # fmt: skip
STACK = st.one_of(
    st.fixed_dictionaries({"frames": st.lists(FRAME, max_size=4)}), st.lists(FRAME, max_size=3), ANY
)
MECHANISM = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "synthetic": st.booleans(), "exception_id": st.integers(0, 3), "parent_id": st.integers(0, 3),
            "is_exception_group": st.booleans(), "source": ANY,
        },
    ),
    ANY,
)  # fmt: skip
THROWN = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "type": ANY,
            "value": ANY,
            "mechanism": MECHANISM,
            "stacktrace": STACK,
            "raw_stacktrace": STACK,
        },
    ),
    ANY,
)
THROWN_IN_EVERY_FORM = st.one_of(
    THROWN, st.lists(THROWN, max_size=3), st.fixed_dictionaries({"values": st.lists(THROWN, max_size=3)})
)
NAMES_OF_TAGS = st.one_of(
    st.sampled_from(["release", "environment", "a b", "logger", "k"]), st.text(max_size=10)
)
TAGS = st.one_of(
    st.dictionaries(NAMES_OF_TAGS, ANY, max_size=5),
    st.lists(
        st.one_of(
            st.tuples(NAMES_OF_TAGS, ANY).map(list),
            st.fixed_dictionaries({"key": NAMES_OF_TAGS, "value": ANY}),
            ANY,
        ),
        max_size=5,
    ),
    ANY,
)
USER = st.one_of(
    st.dictionaries(st.sampled_from(["id", "email", "username", "ip_address", "name"]), ANY, max_size=4),
    st.lists(st.tuples(st.sampled_from(["id", "email"]), SCALARS).map(list), max_size=3),
    ANY,
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "exception": THROWN_IN_EVERY_FORM, "sentry.interfaces.Exception": THROWN_IN_EVERY_FORM,
        "message": MESSAGE, "logentry": MESSAGE, "sentry.interfaces.Message": MESSAGE,
        "stacktrace": STACK, "sentry.interfaces.Stacktrace": STACK,
        "threads": st.lists(
            st.one_of(st.fixed_dictionaries({"stacktrace": STACK}, optional={"crashed": st.booleans()}), ANY), max_size=3
        ),
        "tags": TAGS, "user": USER, "sentry.interfaces.User": USER, "timestamp": SCALARS, "level": SCALARS,
        "release": SCALARS, "environment": SCALARS, "dist": SCALARS, "transaction": st.one_of(st.none(), SCALARS),
        "server_name": ANY, "logger": ANY, "site": ANY, "platform": SCALARS, "culprit": ANY,
    },
)  # fmt: skip


@settings(max_examples=at_most(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS)
@example({"logentry": {"message": "took %.2f s", "params": [1.23456]}})
@example({"logentry": {"params": [1]}, "message": "beside an object without a message"})
@example({"timestamp": 1795460000000})
@example({"exception": [{"type": "E", "mechanism": {"exception_id": 1, "parent_id": 0}}, 5]})
@example(
    {
        "exception": [
            {"type": "A", "mechanism": {"exception_id": 0}},
            {"type": "B", "mechanism": {"exception_id": 1, "parent_id": 0}},
        ]
    }
)
@example({"exception": {"values": [{"value": "without a type"}]}})
@example({"message": "m", "stacktrace": [{"function": "f", "module": "m"}]})
@example({"tags": {"a b": True, "long": "v" * 300, "lost": None}, "server_name": "web-1"})
@example({"tags": [["release", "1.0"], {"key": "environment", "value": "prod"}]})
@example({"user": [["id", 7]]})
@example({"release": "..", "environment": "None"})
def test_the_page_agrees_for_any_event(event: dict[str, Any]) -> None:
    assert_page_agrees(event)


def test_the_markdown_says_what_the_title_says() -> None:
    occurrence, view = stored_and_shown({"logentry": {"message": "took %.2f s", "params": [1.23456]}})
    assert occurrence.title == "took 1.23 s"
    assert occurrence.title in markdown(view, title=occurrence.title, link="").split("## Message")[1]
