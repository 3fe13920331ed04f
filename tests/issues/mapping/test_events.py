from __future__ import annotations

from copy import deepcopy

from issues.mapping.events import mapped
from issues.symbols.answers import Unavailable, Unreadable
from tests.lib.mapping import DEBUG_ID, Uploads, browser_event, frames_of, original


def test_a_frame_gets_its_original_place(uploads: Uploads) -> None:
    map_ = uploads.add_script(1, {(1, 10): original(12), (1, 20): original(4, "main", "../src/main.ts")})
    event = browser_event((1, 20), (1, 10))
    before = deepcopy(event)

    found = mapped(1, 1, event, origins=True)

    assert found is not None
    assert (found.count, found.of, found.late, found.uploads) == (2, 2, "", {map_.upload_id})
    outer, inner = frames_of(found.payload)
    assert inner == {
        "function": "total", "filename": "src/cart.ts", "abs_path": "webpack://shop/./src/cart.ts", "lineno": 12, "colno": 7,
        "context_line": "line 12", "pre_context": ["line 11"], "post_context": ["line 13"], "in_app": True,
    }  # fmt: skip
    assert (outer["function"], outer["filename"]) == ("main", "src/main.ts")
    assert event == before
    assert found.payload["debug_meta"] is event["debug_meta"]
    origin = found.origins["exception.values.0.stacktrace.frames.1"]
    assert (origin.path, origin.sent, origin.is_mapped) == (
        "exception.values.0.stacktrace.frames.1",
        frames_of(event)[1],
        True,
    )
    assert (origin.artifact_id, origin.artifact) == (1, "~/static/app.js.map")


def test_nothing_is_asked_twice(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    for _ in range(3):
        assert mapped(1, 1, browser_event((1, 10))) is not None
    assert (uploads.looked_up, len(uploads.asked), uploads.used) == (1, 1, [1])


def test_a_new_upload_voids_what_is_remembered(uploads: Uploads) -> None:
    assert mapped(1, 1, browser_event((1, 10))) is None
    uploads.add_script(1, {(1, 10): original(12)})
    assert mapped(1, 1, browser_event((1, 10))) is None
    assert mapped(1, 2, browser_event((1, 10))) is not None


def test_no_project_sees_the_maps_of_another(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    assert mapped(1, 1, browser_event((1, 10))) is not None
    assert mapped(2, 1, browser_event((1, 10))) is None


def test_a_project_without_uploads_costs_nothing(uploads: Uploads) -> None:
    assert mapped(1, 0, browser_event((1, 10))) is None
    shown = mapped(1, 0, browser_event((1, 10)), origins=True)
    assert shown is not None
    assert (shown.count, shown.of) == (0, 1)
    assert uploads.looked_up == 0


def test_a_map_that_cannot_be_used_is_not_tried_with_every_event(uploads: Uploads) -> None:
    map_ = uploads.add_script(1, {})
    uploads.contents[map_.file.sha256] = Unreadable("it is no source map")
    for column in (10, 20, 30):
        assert mapped(1, 1, browser_event((1, column))) is None
    assert len(uploads.asked) == 1


def test_a_child_that_does_not_answer_is_asked_again_later(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    uploads.failing = Unavailable("it does not answer")
    found = mapped(1, 1, browser_event((1, 10)), origins=True)
    assert found is not None
    assert (found.count, found.of) == (0, 1)
    assert "does not answer" in found.late
    uploads.failing = None
    found = mapped(1, 1, browser_event((1, 10)))
    assert found is not None
    assert found.late == ""


def test_patience(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    found = mapped(1, 1, browser_event((1, 10)), origins=True, patience=0)
    assert found is not None
    assert found.late == "The look-up took too long."
    assert uploads.asked == []


def test_every_stack_is_mapped(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 10): original(12)})
    one = browser_event((1, 10))
    stack = one["exception"]["values"][0]["stacktrace"]
    for event in (
        {**one, "exception": [{"type": "A", "stacktrace": stack}]},
        {**one, "exception": {"type": "A", "stacktrace": stack}},
        {**one, "exception": None, "sentry.interfaces.Exception": {"values": [{"raw_stacktrace": stack}]}},
        {**one, "exception": None, "stacktrace": stack},
        {**one, "exception": None, "stacktrace": stack["frames"]},
        {**one, "exception": None, "threads": {"values": [None, {"id": 1, "stacktrace": stack}]}},
        {
            **one,
            "exception": {"values": [{"type": "A"}], "stacktrace": {"frames": {"values": stack["frames"]}}},
        },
    ):
        found = mapped(1, 1, event)
        assert found is not None, event
        assert "src/cart.ts" in str(found.payload), event


def test_by_release_and_url(uploads: Uploads) -> None:
    event = browser_event((1, 10), debug_meta=None)
    uploads.add_script(
        1, {(1, 10): original(12)}, key=event["exception"]["values"][0]["stacktrace"]["frames"][0]["filename"]
    )
    assert mapped(1, 1, event) is not None
    assert DEBUG_ID not in str(uploads.scripts)
