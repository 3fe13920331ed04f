from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string

from issues.render.event import event_view
from issues.render.markdown import markdown

OWN = {"module": "com.shop.App", "function": "main", "in_app": True}
WAIT = {"module": "java.lang.Object", "function": "wait"}
STACK = {"frames": [OWN, {"module": "java.lang.Thread", "function": "getStackTrace"}]}
IDLE = {"frames": [{"module": "java.lang.Thread", "function": "run"}, WAIT]}


def event(**facts: Any) -> dict[str, Any]:
    threads = [
        {"id": 1, "name": "idle", "stacktrace": IDLE},
        {"id": 2, "name": "main", "stacktrace": STACK, **facts},
    ]
    return {"platform": "java", "threads": {"values": threads}}


@pytest.mark.parametrize("fact", ["crashed", "current", "main"])
def test_the_stack_of_a_message_may_stand_in_a_thread(fact: str) -> None:
    view = event_view({**event(**{fact: True}), "message": "m"})
    assert view.stack_of == "main (2)"
    assert [(frame.function, frame.raised) for frame in view.stack.frames] == [
        ("java.lang.Thread.getStackTrace", False),
        ("com.shop.App.main", True),
    ]
    main = next(thread for thread in view.threads.threads if thread.is_above)
    assert not main.stack
    assert "com.shop.App.main" in markdown(view, title="m", link="")


@pytest.mark.parametrize(
    ("thread", "words"),
    [
        ({"id": 2, "name": "main"}, "of the thread main (2)."),
        ({"id": 2}, "of Thread 2."),
        ({"id": 7, "name": "Thread-7"}, "of Thread-7 (7)."),
        ({}, "of a thread without a name."),
    ],
)
def test_the_page_names_the_thread_whose_stack_it_shows(thread: dict[str, Any], words: str) -> None:
    view = event_view({"message": "m", "threads": [{**thread, "current": True, "stacktrace": STACK}]})
    page = re.sub(r"<[^>]+>", "", render_to_string("issues/_stack_trace.html", {"view": view}))
    assert f"This is the stack trace {words}" in page


def test_the_stack_of_an_exception_may_stand_in_a_thread() -> None:
    for sent in (
        {**event(), "exception": {"values": [{"type": "E", "thread_id": 2}]}},
        {**event(current=True), "exception": {"values": [{"type": "E"}]}},
        {**event(current=True), "exception": {"values": [{"type": "E", "stacktrace": {"frames": []}}]}},
        {**event(current=True), "exception": {"values": [{"type": "E", "stacktrace": None}]}},
    ):
        view = event_view(sent)
        assert view.exceptions.main
        assert [frame.function for frame in view.exceptions.main.stack.frames if frame.raised] == [
            "com.shop.App.main"
        ]
        assert (view.stack_of, bool(view.stack)) == ("main (2)", False)


def test_the_stack_beside_an_exception_is_shown_as_its_own_once() -> None:
    view = event_view({"platform": "java", "exception": [{"type": "E"}], "stacktrace": STACK})
    assert view.exceptions.has_stack
    assert not view.stack


def test_an_exceptions_own_stack_wins() -> None:
    view = event_view({**event(current=True), "exception": [{"type": "E", "stacktrace": IDLE}]})
    assert view.stack_of == ""
    assert all(thread.stack for thread in view.threads.threads)


def test_what_an_idle_thread_waits_in_was_not_raised_there() -> None:
    view = event_view({**event(crashed=True), "message": "m"})
    idle = next(thread for thread in view.threads.threads if thread.name == "idle (1)")
    assert [(frame.raised, frame.open) for frame in idle.stack.frames] == [(False, False)] * 2


def test_nothing_is_hidden_by_the_stack_of_a_thread() -> None:
    registers = {"type": "E", "stacktrace": {"registers": {"rip": "0x1"}}}
    view = event_view({**event(current=True), "exception": [registers]})
    assert view.exceptions.main
    assert [row.name for row in view.exceptions.main.stack.registers] == ["rip"]
    assert view.exceptions.main.stack.count == 2
    for more in ({"message": "m"}, {"exception": [{"type": "E"}]}, {"exception": ["E"]}):
        view = event_view({**event(current=True), "stacktrace": "an odd one", **more})
        assert view.stack.stray
        assert view.stack.stray.text == "an odd one"
        assert any(
            frame.function == "com.shop.App.main"
            for frame in [
                *view.stack.frames,
                *(frame for one in view.exceptions.thrown for frame in one.stack.frames),
            ]
        )
    view = event_view({**event(current=True), "exception": [{"type": "E", "stacktrace": "odd"}]})
    assert view.exceptions.main
    assert view.exceptions.main.stack.stray
    assert view.exceptions.main.stack.count == 2


def test_a_stack_that_may_be_of_another_thread_is_said_to_exist() -> None:
    threads = [{"id": number, "stacktrace": STACK} for number in (1, 2)]
    sent = {"platform": "java", "exception": [{"type": "E", "thread_id": 9}], "threads": threads}
    view = event_view(sent)
    page = re.sub(r"<[^>]+>", "", render_to_string("issues/_stack_trace.html", {"view": view}))
    assert "The SDK sent no stack trace for the exception, only those of threads." in page
    assert "## Stack trace of Thread 1\n" in markdown(view, title="E", link="")
    view = event_view({**sent, "threads": []})
    page = re.sub(r"<[^>]+>", "", render_to_string("issues/_stack_trace.html", {"view": view}))
    assert "The SDK sent no stack trace." in page
