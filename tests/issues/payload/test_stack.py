from __future__ import annotations

from issues.payload import stack

A = {"type": "A"}
LIB = {"function": "lib", "in_app": False}
MINE = {"function": "mine", "in_app": True}
PLAIN = {"function": "plain"}


def test_frames_of_every_holder() -> None:
    assert stack.frames({"stacktrace": {"frames": [None, MINE]}}) == [MINE]
    assert stack.frames({"stacktrace": None, "raw_stacktrace": {"frames": [LIB]}}) == [LIB]
    for odd in (
        None,
        [],
        "x",
        {"stacktrace": []},
        {"stacktrace": {"frames": 5}},
        {"stacktrace": {"frames": None}},
    ):
        assert stack.frames(odd) == []


def test_the_stack_that_says_where_it_happened() -> None:
    mine = {"stacktrace": {"frames": [MINE]}}
    other = {"stacktrace": {"frames": [LIB]}}
    assert stack.main_frames({"exception": [other, mine], **other}) == [MINE]
    assert stack.main_frames({"exception": [A], **mine}) == [MINE]
    assert stack.main_frames({"threads": {"values": [other, {"crashed": True, **mine}]}}) == [MINE]
    assert stack.main_frames({"threads": [other, {"current": True, **mine}]}) == [MINE]
    assert stack.main_frames({"threads": [mine]}) == [MINE]
    assert stack.main_frames({"threads": [mine, other]}) == []
    assert stack.main_frames({}) == []


def test_the_topmost_frame_is_the_programs_own() -> None:
    assert stack.top_frame([MINE, LIB]) == MINE
    assert stack.top_frame([MINE, PLAIN]) == MINE
    assert stack.top_frame([PLAIN, LIB]) == PLAIN
    assert stack.top_frame([LIB, {"function": "top", "in_app": False}])["function"] == "top"
    assert stack.top_frame([]) is None


def test_the_trace_as_it_was_sent_is_the_one_with_frames() -> None:
    raw = {"frames": [LIB]}
    assert stack.sent({"stacktrace": None, "raw_stacktrace": raw}) is raw
    assert stack.sent({"stacktrace": "gone", "raw_stacktrace": raw}) is raw
    assert stack.sent({"stacktrace": "gone"}) == "gone"
    assert stack.sent({"stacktrace": [MINE]}) == stack.frames({"stacktrace": [MINE]}) == [MINE]
    assert stack.sent({}) is None
