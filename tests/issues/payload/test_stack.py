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
    assert stack.main_frames({"threads": [other, {"main": True, **mine}]}) == [MINE]
    assert stack.main_frames({"threads": [{"id": 1}, mine]}) == [MINE]
    of_thread = {"threads": [{"id": 1, "crashed": True, **other}, {"id": "2", **mine}]}
    assert stack.main_frames({"exception": [{"thread_id": 2}], **of_thread}) == [MINE]
    assert stack.main_frames({"exception": [{"thread_id": ["2"]}], **of_thread}) == [LIB]
    assert stack.main_frames({"exception": [mine, A]}) == [MINE]
    assert stack.main_frames({}) == []


def test_the_topmost_frame_is_the_programs_own() -> None:
    assert stack.top_frame([MINE, LIB]) == MINE
    assert stack.top_frame([MINE, PLAIN]) == MINE
    assert stack.top_frame([PLAIN, LIB]) == PLAIN
    assert stack.top_frame([PLAIN, MINE, PLAIN]) == MINE
    assert stack.top_frame([LIB, {"function": "top", "in_app": False}])["function"] == "top"
    assert stack.top_frame([]) is None


def test_the_trace_as_it_was_sent_is_the_one_with_frames() -> None:
    raw = {"frames": [LIB]}
    assert stack.sent({"stacktrace": None, "raw_stacktrace": raw}) is raw
    assert stack.sent({"stacktrace": "gone", "raw_stacktrace": raw}) is raw
    assert stack.sent({"stacktrace": "gone"}) == "gone"
    assert stack.sent({"stacktrace": [MINE]}) == stack.frames({"stacktrace": [MINE]}) == [MINE]
    assert stack.sent({}) is None


def test_marks_anywhere_in_the_event_count() -> None:
    java = {"module": "org.acme.Lib", "function": "go"}
    unmarked = {"stacktrace": {"frames": [java, {"module": "io.sentry.Hub", "function": "capture"}]}}
    marked = {"stacktrace": {"frames": [MINE]}}
    assert stack.culprit({"exception": [unmarked], "platform": "java"}) == "org.acme.Lib.go"
    assert not stack.has_marks({"exception": [unmarked]})
    for part in ({"exception": [marked, unmarked]}, {"exception": [unmarked], "threads": [marked]}):
        assert stack.has_marks(part)
        assert (
            stack.culprit({**part, "platform": "java"}) == "org.acme.Lib.go"
        )  # the newest that is not the SDK's


def test_the_culprit_is_not_the_way_into_the_logger() -> None:
    frames = [
        {"module": "com.shop.App", "function": "main"},
        {"module": "ch.qos.logback.classic.Logger", "function": "warn"},
        {"module": "java.lang.Thread", "function": "getStackTrace"},
    ]
    message = {
        "platform": "java",
        "message": "m",
        "threads": [{"current": True, "stacktrace": {"frames": frames}}],
    }
    assert stack.culprit(message) == "com.shop.App.main"
    # Nothing is in-app: what only leads to the SDK is still left out.
    frames[0] = {"module": "java.util.Timer", "function": "run"}
    assert stack.culprit(message) == "java.util.Timer.run"


def test_the_culprit_names_the_module_once() -> None:
    assert stack.named({"module": "Elixir.Shop.Cart", "function": "Shop.Cart.add/2"}) == "Shop.Cart.add/2"
    assert stack.named({"module": "erlang", "function": ":erlang.+/2"}) == ":erlang.+/2"
    assert stack.named({"module": "Shop::Cart", "function": "Shop::Cart::add"}) == "Shop::Cart::add"
    assert stack.named({"module": "main", "function": "main.func9"}) == "main.main.func9"
    assert stack.named({"module": "shop", "function": "add"}) == "shop.add"
    assert stack.named({"function": "<unknown>", "instruction_addr": "0x1"}) == ""
    assert stack.named({"function": "?", "filename": "app.js"}) == "app.js in ?"


def test_only_the_newest_frames_are_looked_at() -> None:
    library = {"function": "std::a"}
    for older, found in ((999, "shop::main"), (1_000, "std::a")):
        frame = stack.top_frame([{"function": "shop::main"}, *[library] * older], "native")
        assert frame
        assert frame["function"] == found
