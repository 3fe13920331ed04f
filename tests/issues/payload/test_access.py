from __future__ import annotations

from typing import Any

import pytest

from issues.payload import access

A, B = {"type": "A"}, {"type": "B"}
LIB = {"function": "lib", "in_app": False}
MINE = {"function": "mine", "in_app": True}
PLAIN = {"function": "plain"}


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ({"values": [A, B]}, [A, B]),
        ([A, B], [A, B]),
        (A, [A]),
        ({"values": A}, [A]),
        ({"values": [None, 5, "x", [], A]}, [A]),
        ({"values": None}, []),
        ({"values": "x"}, []),
        ({}, []),
        (None, []),
        ("text", []),
        (7, []),
    ],
)
def test_entries_are_found_in_every_form(part: Any, found: list[dict[str, Any]]) -> None:
    assert access.entries(part) == found
    assert access.exceptions({"exception": part}) == found


def test_frames_of_every_holder() -> None:
    assert access.frames({"stacktrace": {"frames": [None, MINE]}}) == [MINE]
    assert access.frames({"stacktrace": None, "raw_stacktrace": {"frames": [LIB]}}) == [LIB]
    for odd in (
        None,
        [],
        "x",
        {"stacktrace": []},
        {"stacktrace": {"frames": 5}},
        {"stacktrace": {"frames": None}},
    ):
        assert access.frames(odd) == []


def test_the_stack_that_says_where_it_happened() -> None:
    stack = {"stacktrace": {"frames": [MINE]}}
    other = {"stacktrace": {"frames": [LIB]}}
    assert access.main_frames({"exception": [other, stack], **other}) == [MINE]
    assert access.main_frames({"exception": [A], **stack}) == [MINE]
    assert access.main_frames({"threads": {"values": [other, {"crashed": True, **stack}]}}) == [MINE]
    assert access.main_frames({"threads": [other, {"current": True, **stack}]}) == [MINE]
    assert access.main_frames({"threads": [stack]}) == [MINE]
    assert access.main_frames({"threads": [stack, other]}) == []
    assert access.main_frames({}) == []


def test_the_topmost_frame_is_the_programs_own() -> None:
    assert access.top_frame([MINE, LIB]) == MINE
    assert access.top_frame([MINE, PLAIN]) == MINE
    assert access.top_frame([PLAIN, LIB]) == PLAIN
    assert access.top_frame([LIB, {"function": "top", "in_app": False}])["function"] == "top"
    assert access.top_frame([]) is None


@pytest.mark.parametrize(
    ("template", "params", "filled"),
    [
        ("%s of %s", ["one", 2], "one of 2"),
        ("%(who)s: %(n)d", {"who": "Ana", "n": 3}, "Ana: 3"),
        ("{} and {}", ["a", "b"], "a and b"),
        ("{who} {0}", {"who": "Ana", "0": "x"}, "Ana x"),
        ("{1} {0}", ["a", "b"], "b a"),
        ("%.2f s", [1.23456], "1.23 s"),
        ("100%% of %s", ["it"], "100% of it"),
        ("%s", [{"a": 1}], '{"a":1}'),
        ("%s", [None], ""),
        ("%s %s", ["one"], "%s %s"),
        ("%(who)s", ["Ana"], "%(who)s"),
        ("%s", {"who": "Ana"}, "%s"),
        ("100% sure", ["x"], "100% sure"),
        ("nothing here", ["x"], "nothing here"),
        ("%s", "text", "%s"),
        ("%s", None, "%s"),
        ("{0.__class__}", ["x"], "{0.__class__}"),
        ("%99999999d", [1], "%99999999d"),
        ("%x", [1.5], "1.5"),
        ("%02x", [1.5], "%02x"),
    ],
)
def test_parameters_are_filled_in(template: str, params: Any, filled: str) -> None:
    assert access.fill(template, params) == filled


def test_filling_in_is_bounded() -> None:
    assert len(access.fill("%(a)s" * 100_000, {"a": "x" * 1_000_000})) < 2_000_000


@pytest.mark.parametrize(
    ("event", "message", "formatted"),
    [
        ({"logentry": {"message": "a %s", "params": ["b"]}}, "a %s", "a b"),
        ({"logentry": {"message": "a %s", "formatted": "A B", "params": ["b"]}}, "a %s", "A B"),
        ({"logentry": "plain", "message": "other"}, "plain", "plain"),
        ({"sentry.interfaces.Message": {"message": "old %s", "params": [1]}}, "old %s", "old 1"),
        ({"message": {"formatted": "f"}}, "f", "f"),
        ({"logentry": {"message": 5}}, "5", "5"),
        ({"logentry": 0, "message": "x"}, "0", "0"),
        ({"logentry": {}, "message": "x"}, "x", "x"),
        ({}, "", ""),
    ],
)
def test_messages_of_every_form(event: dict[str, Any], message: str, formatted: str) -> None:
    assert (access.log_message(event), access.formatted_message(event)) == (message, formatted)


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"a": "b", "n": 1, "f": 1.5, "t": True}, {"a": "b", "n": "1", "f": "1.5", "t": "True"}),
        ([["a", "b"], ["n", 1], ["odd"], None, [5, "five"]], {"a": "b", "n": "1", "5": "five"}),
        ({"null": None, "list": [1], "object": {}, "empty": "", "lines": "a\nb", "": "x"}, {}),
        ({"a b/c": "d"}, {"a-b-c": "d"}),
        ({"k" * 300: "v" * 300}, {"k" * 200: "v" * 200}),
        ("text", {}),
        (None, {}),
    ],
)
def test_tags_of_both_forms(sent: Any, found: dict[str, str]) -> None:
    assert access.tags({"tags": sent}) == found
