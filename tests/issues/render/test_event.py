from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issues.render.event import EventView, event_view
from issues.render.markdown import LONGEST, markdown
from tests.lib.examples import at_most
from tests.lib.payloads import JSON, NAMES, OBJECTS, as_stored, nested, recorded

SECTIONS = [
    "exception", "stacktrace", "threads", "message", "logentry", "breadcrumbs", "request", "user", "tags", "contexts",
    "extra", "modules", "sdk", "csp", "debug_meta", "fingerprint", "timestamp", "platform", "release", "server_name",
]  # fmt: skip


def texts(value: Any) -> list[str]:
    """Every string anywhere in a view, but for what links ask for: these are not shown."""
    if isinstance(value, str):
        return [value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [
            text
            for field in dataclasses.fields(value)
            if field.name not in ("key", "searched")
            for text in texts(getattr(value, field.name))
        ]
    if isinstance(value, tuple):
        return [text for member in value for text in texts(member)]
    return []


def assert_safe(view: EventView) -> None:
    for text in texts(view):
        text.encode()
        assert not any(character in text for character in "\x00\x1b\u202e\u2066")


@pytest.mark.parametrize("name", NAMES)
def test_recorded_events_have_a_stack_or_a_message(name: str) -> None:
    view = event_view(recorded(name))
    assert view.message or view.exceptions.has_stack
    assert view.sdk
    assert view.timestamp
    assert_safe(view)
    text = markdown(view, title=name, link="http://testserver/")
    assert name in text
    assert len(text) < LONGEST + 100


@settings(max_examples=at_most(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(OBJECTS, st.booleans(), st.booleans())
def test_any_object_renders(payload: dict[str, Any], expand_all: bool, oldest_first: bool) -> None:
    view = event_view(as_stored(payload), expand_all=expand_all, oldest_first=oldest_first)
    assert_safe(view)
    markdown(view, title=view.type, link="").encode()


@settings(max_examples=at_most(300), deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(SECTIONS), JSON)
def test_a_section_of_the_wrong_type_hides_no_other(name: str, section: str, value: Any) -> None:
    payload = recorded(name)
    before = {anchor for anchor, _ in event_view(payload).sections}
    after = {anchor for anchor, _ in event_view(as_stored({**payload, section: value})).sections}
    own = {
        "exception": {"stack-trace", "message"}, "stacktrace": {"stack-trace"}, "debug_meta": {"debug-images"},
        "logentry": {"message"}, "message": {"message"}, "server_name": {"tags"}, "threads": {"threads", "stack-trace"},
    }.get(section, {section})  # fmt: skip
    assert before - own <= after


@pytest.mark.parametrize("section", [name for name in SECTIONS[:15] if name != "csp"])
def test_text_in_place_of_a_section_is_shown(section: str) -> None:
    view = event_view({"platform": "python", section: "not what it should be"})
    shown = [
        text
        for field in dataclasses.fields(view)
        if field.name != "raw"
        for text in texts(getattr(view, field.name))
    ]
    assert any("not what it should be" in text for text in shown)


def test_depth_and_size_are_bounded() -> None:
    view = event_view(
        {"extra": {"deep": nested(3_000), "long": "x" * 500_000}, "contexts": {"a": nested(500)}}
    )
    assert view.extra
    long = view.extra.fields[1].value
    assert long.cut
    assert long.folded
    assert long.size == 500_000
    assert sum(len(text) for text in texts(view)) < 100_000


def test_head_of_a_django_event() -> None:
    view = event_view(recorded("python-django"))
    assert (view.type, view.value, view.handled) == ("RuntimeError", "view failed for 7", False)
    chips = {chip.name: chip.value for chip in view.chips}
    assert chips["environment"] == "staging"
    assert chips["release"] == "shop@1.4.2"
    assert chips["url"] == "POST http://127.0.0.1:9931/orders/7/"
    assert chips["user"] == "203.0.113.7"
    assert chips["runtime"] == "CPython 3.11.7"


def test_unknown_fields_are_kept() -> None:
    view = event_view({"message": "m", "mood": {"today": "good"}})
    assert view.other
    assert view.other.fields[0].name == "mood"
    assert view.other.fields[0].value.text == '{"today": "good"}'


def test_raw_json_is_bounded() -> None:
    assert not event_view({"message": "short"}).raw.cut
    assert event_view({"message": "x" * 100_000}).raw.cut


def test_markdown_keeps_hostile_text_in_fences() -> None:
    payload = {"exception": {"values": [{"type": "E", "value": "```\n# not a heading\n````"}]}}
    text = markdown(event_view(payload), title="*E*", link="l")
    assert "\n`````\n" in text
    assert text.startswith("# \\*E\\*")


def test_markdown_has_the_source_of_the_application() -> None:
    text = markdown(event_view(recorded("python-django")), title="RuntimeError", link="http://x/")
    assert '>    19     raise RuntimeError("view failed for %d" % pk)' in text
    assert "- environment: `staging`" in text
    assert "(library)" in text


def test_markdown_that_is_cut_closes_its_fence() -> None:
    payload = {"exception": {"values": [{"type": f"E{n}", "value": "v" * 900} for n in range(40)]}}
    text = markdown(event_view(payload), title="t", link="l")
    assert text.endswith("(cut)\n")
    assert text.count("```") % 2 == 0


def test_the_clients_address_stands_where_the_sdk_asks_for_it() -> None:
    asking = {"user": {"ip_address": "{{auto}}"}, "request": {"url": "/", "env": {"REMOTE_ADDR": "{{auto}}"}}}
    view = event_view(asking, notes=[["user.ip_address", "client_address", "192.0.2.1"]])
    assert view.user
    assert [(row.name, row.value.text) for row in view.user.fields] == [("IP address", "192.0.2.1")]
    assert {chip.name: chip.value for chip in view.chips}["user"] == "192.0.2.1"
    assert not any("{{auto}}" in text for text in texts(view))
    # It is not known: nothing is better than a placeholder.
    view = event_view(asking)
    assert view.user is None
    assert not any("{{auto}}" in text for text in texts(view))


@pytest.mark.parametrize("sent", ["{{ default }}", [], {}, {"a": 1}, 5, None])
def test_only_a_list_with_parts_is_a_fingerprint(sent: Any) -> None:
    assert event_view({"message": "m", "fingerprint": sent}).fingerprint == ""
    assert event_view({"message": "m", "fingerprint": ["{{ default }}"]}).fingerprint == '["{{ default }}"]'


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"type": "OrderError", "module": "com.shop"}, "com.shop.OrderError"),
        ({"type": "Shop::OrderError", "module": "Shop"}, None),
        (
            {"type": "System.InvalidOperationException", "module": "System.Private.CoreLib, Version=8.0.0.0"},
            None,
        ),
        ({"type": "Shop.OrderException", "module": "ShopAssembly"}, None),
        ({"type": "ValueError", "module": "builtins"}, None),
        ({"type": "ValueError", "module": 5}, "5.ValueError"),
        ({"type": "ValueError"}, None),
    ],
)
def test_the_module_of_an_exception(sent: dict[str, Any], shown: str | None) -> None:
    chips = {chip.name: chip.value for chip in event_view({"exception": [sent]}).chips}
    assert chips.get("exception") == shown
