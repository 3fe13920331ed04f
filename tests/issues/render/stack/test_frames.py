from __future__ import annotations

from typing import Any

from issues.render.event import event_view
from issues.render.stack.reading import Reading, reading
from issues.render.stack.trace import Stack, stack

NATIVE = Reading("native")


def rows(shown: Stack) -> list[list[str]]:
    return [[row.name for row in frame.native] for frame in shown.frames]


def test_addresses_are_shown_only_without_a_file_and_a_line() -> None:
    native = {"instruction_addr": "0x1f", "symbol_addr": "0x10", "image_addr": "0x1", "package": "/srv/shop"}
    known = {**native, "function": "shop::add", "filename": "cart.rs", "lineno": 7}
    assert rows(stack([known], NATIVE)) == [[]]
    assert rows(stack([{**known, "lineno": None}], NATIVE)) == [
        ["instruction_addr", "symbol_addr", "image_addr", "package"]
    ]
    # What says more than the file and the line stays.
    assert rows(stack([{**known, "lock": {"type": 1}, "raw_function": "shop::add"}], NATIVE)) == [["lock"]]
    assert rows(stack([{**known, "raw_function": "_ZN4shop3addE"}], NATIVE)) == [["raw_function"]]


def test_a_call_without_a_name_is_an_offset_in_its_binary() -> None:
    for sent, name in (
        ({"instruction_addr": "0x1f3a", "image_addr": "0x1000", "package": "/srv/lib/libshop.so"}, "libshop.so+0xf3a"),
        ({"instruction_addr": 0x1F3A, "image_addr": 0x1000, "package": "C:\\shop\\shop.exe"}, "shop.exe+0xf3a"),
        ({"instruction_addr": "0x1f3a", "package": "/srv/lib/libshop.so"}, "libshop.so 0x1f3a"),
        ({"instruction_addr": "0x1f3a", "function": "<unknown>"}, "0x1f3a"),
        ({"instruction_addr": "0x1f3a", "filename": "cart.c"}, "unknown function"),
        ({"instruction_addr": ["x"]}, '["x"]'),
        ({"instruction_addr": "-1"}, "-1"),
        ({"instruction_addr": "9" * 5_000}, "9" * 39 + "…"),
        ({}, None),
    ):  # fmt: skip
        shown = stack([sent], NATIVE).frames
        assert [frame.function for frame in shown] == ([] if name is None else [name])


def test_binaries_are_found_by_their_address() -> None:
    image = {"code_file": "/srv/shop", "image_addr": "0x5000", "image_size": 256}
    event: dict[str, Any] = {
        "debug_meta": {"images": [image, {"image_addr": "0x9000"}, "odd", {"image_addr": [], "code_file": 5}]}
    }
    how = reading(event, "native")
    frames = [{"instruction_addr": hex(at)} for at in (0x4FFF, 0x5000, 0x50FF, 0x5100)]
    assert [frame.function for frame in stack(frames, how).frames] == [
        "0x5100",
        "shop+0xff",
        "shop+0x0",
        "0x4fff",
    ]


def test_frames_without_a_name_are_not_a_recursion() -> None:
    frames = [{"function": "<unknown>", "instruction_addr": hex(at)} for at in range(10)]
    assert [entry.kind for entry in stack(frames, NATIVE).entries] == ["frame"] * 10


def test_where_in_the_file() -> None:
    """A frame of R8 has a line and no file."""
    sent = [
        {"lineno": 12, "colno": 5, "filename": "a.js"},
        {"filename": "a.js"},
        {"lineno": 21, "function": "open"},
    ]
    assert {frame.at for frame in stack(sent, Reading("java")).frames} == {":12:5", "", "line 21"}


def test_name_and_module() -> None:
    (frame,) = stack(
        [{"module": "com.shop.App", "function": "save", "filename": "App.java", "lineno": 16}],
        Reading("java"),
    ).frames
    assert (frame.function, frame.path, frame.line, frame.hint) == ("com.shop.App.save", "App.java", 16, "")
    (frame,) = stack(
        [{"module": "shop.cart", "function": "add", "filename": "shop/cart.py"}], Reading("python")
    ).frames
    assert (frame.function, frame.hint) == ("add", "shop.cart.add")


def test_the_label_of_hidden_frames() -> None:
    own = {"module": "com.shop.App", "function": "main", "in_app": True}
    logger = {"module": "ch.qos.logback.core.Appender", "function": "append"}
    java = {"module": "java.lang.Thread", "function": "getStackTrace"}
    fold = stack([own, logger, java], Reading("java", flagged=True)).entries[0]
    assert fold.kind == "library"
    assert fold.label == "java, ch.qos.logback"


def test_one_rule_for_page_and_culprit() -> None:
    """A frame without a mark is a library's where another frame of the event, in whichever stack, is marked."""
    plain = {"stacktrace": [{"function": "lib", "module": "org.acme.Lib"}]}
    own = {"stacktrace": [{"function": "main", "module": "com.shop.App", "in_app": True}]}
    view = event_view({"platform": "java", "exception": [own, plain]})
    assert [[frame.in_app for frame in one.stack.frames] for one in view.exceptions.thrown] == [
        [False],
        [True],
    ]
    view = event_view({"platform": "java", "exception": [plain]})
    assert view.exceptions.thrown[0].stack.frames[0].in_app
