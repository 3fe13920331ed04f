from __future__ import annotations

from typing import Any

from issues.mapping.events import mapped
from issues.symbols.answers import JavaFrame
from tests.lib.mapping import Uploads, frames_of

UUID = "6dc7fdb0-d2fb-4c8e-9d6b-bb1aa98929b1"
KNOWN: dict[Any, Any] = {
    ("a.b.c", "a", 5): [
        JavaFrame("com.shop.Cart", "total", "Cart.kt", 12),
        JavaFrame("com.shop.Cart", "checkout", "Cart.kt", 30),
    ],
    "a.b.c": "com.shop.Cart",
    "a.b.d": "com.shop.EmptyCart",
    "a.b.e": "com.shop.Gone$Inner",
}


def _event() -> dict[str, Any]:
    frames = [
        {"module": "a.b.e", "function": "x", "filename": "SourceFile", "lineno": 9, "in_app": True},
        {"module": "a.b.c", "function": "a", "filename": "SourceFile", "lineno": 5},
        {"module": "java.lang.Thread", "function": "run", "lineno": 1},
    ]
    return {
        "platform": "java",
        "exception": {
            "values": [{"module": "a.b", "type": "d", "value": "empty", "stacktrace": {"frames": frames}}]
        },
        "debug_meta": {"images": [{"type": "proguard", "uuid": UUID.upper()}]},
    }


def test_frames_and_exceptions_get_their_names(uploads: Uploads) -> None:
    file = uploads.add_file(1, "proguard", UUID, KNOWN)
    event = _event()
    done = mapped(1, 1, event, origins=True)
    assert done is not None
    gone, checkout, total, run = frames_of(done.payload)
    assert gone == {"module": "com.shop.Gone$Inner", "function": "x", "lineno": 9, "in_app": True}
    assert checkout == {
        "module": "com.shop.Cart", "function": "checkout", "filename": "Cart.kt", "lineno": 30, "in_app": True,
    }  # fmt: skip
    assert (total["function"], total["lineno"]) == ("total", 12)
    assert run == frames_of(event)[2]
    thrown = done.payload["exception"]["values"][0]
    assert (thrown["module"], thrown["type"], thrown["value"]) == ("com.shop", "EmptyCart", "empty")
    assert event == _event()
    assert (done.count, done.of, done.uploads) == (2, 2, {file.upload_id})
    # Inlined calls have one origin.
    paths = [done.origins[f"exception.values.0.stacktrace.frames.{n}"].path[-1] for n in range(4)]
    assert paths == ["0", "1", "1", "2"]


def test_without_the_mapping(uploads: Uploads) -> None:
    done = mapped(1, 1, _event(), explain=True)
    assert done is not None
    assert (done.count, done.of) == (0, 2)
    steps = done.explanations["exception.values.0.stacktrace.frames.1"].steps
    assert [step.is_met for step in steps] == [True, False]
    assert "upload-proguard" in steps[1].fix


def test_an_event_that_names_no_mapping(uploads: Uploads) -> None:
    event = _event() | {"debug_meta": None}
    assert mapped(1, 1, event) is None
    assert uploads.looked_up == 0
