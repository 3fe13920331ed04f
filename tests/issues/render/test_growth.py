from __future__ import annotations

from typing import Any

import pytest

from issues.render.event import event_view
from issues.render.markdown import LONGEST, markdown
from issues.render.notes import remarks
from issues.render.room import MOST_CHARACTERS, MOST_FRAMES, MOST_LINES
from issues.render.tables import Field, Value
from tests.lib import hostile_events
from tests.lib.growth import assert_linear


def shown(payload: dict[str, Any]) -> None:
    view = event_view(payload, platform="python", expand_all=True)
    markdown(view, title="title", link="/")
    remarks([], payload)


@pytest.mark.parametrize("place", hostile_events.PLACES)
def test_an_event_takes_time_in_proportion_to_its_size(place: str) -> None:
    def show_all(events: list[dict[str, Any]]) -> None:
        for event in events:
            shown(event)

    assert_linear(lambda size: hostile_events.events(place, size), show_all, smallest=256, largest=16_384)


def parts_of(view: object) -> tuple[int, int]:
    """How many characters of HTML and how many rows a view holds."""
    characters = rows = 0
    waiting = [view]
    while waiting:
        part = waiting.pop()
        rows += isinstance(part, Field)
        if isinstance(part, Value):
            characters += len(part.html)
        elif isinstance(part, str):
            characters += len(part)
        elif isinstance(part, tuple):
            waiting += part
        elif hasattr(part, "__dataclass_fields__"):
            waiting += [getattr(part, name) for name in part.__dataclass_fields__]
    return characters, rows


@pytest.mark.parametrize("name", hostile_events.crowded(1))
def test_a_page_has_only_so_much_room(name: str) -> None:
    view = event_view(hostile_events.crowded(20)[name], expand_all=True)
    characters, rows = parts_of(view)
    assert view.is_cut
    assert characters < 3 * MOST_CHARACTERS
    assert rows <= 2 * MOST_LINES // 4
    stacks = [
        view.stack, *(one.stack for one in view.exceptions.thrown), *(one.stack for one in view.threads.threads)
    ]  # fmt: skip
    assert sum(one.count for one in stacks) <= MOST_FRAMES


def test_an_ordinary_event_is_whole() -> None:
    frames = [
        {"filename": "a.py", "lineno": number, "context_line": "x = 1", "pre_context": ["#"] * 5, "vars": {"a": "1"}}
        for number in range(100)
    ]  # fmt: skip
    view = event_view(
        {"exception": {"type": "E", "stacktrace": {"frames": frames}}, "extra": {"a": "b" * 3_000}}
    )
    assert not view.is_cut
    assert (
        event_view(
            {"exception": {"type": "E", "stacktrace": {"frames": frames * 10}}}, expand_all=True
        ).bare_frames
        == 0
    )


def test_markdown_is_cut_before_it_is_long() -> None:
    frames = [{"filename": "a.py", "in_app": True, "pre_context": ["`" * 200] * 60, "function": "f"}] * 25
    view = event_view({"exception": [{"type": "E", "stacktrace": {"frames": frames}}] * 50})
    assert len(markdown(view, title="", link="")) < LONGEST + 1_000
