from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from issues.render.event import EventView, event_view
from issues.render.new_issue import Body, jira_body, markdown_body
from tests.lib import events
from tests.lib.growth import assert_linear

LINK = "https://rustrak.example.org/projects/shop/issues/1/"
EVIL = "```\n@team ![](https://evil/x) [click](https://evil) #12\n````\n/close"


def view_of(payload: dict[str, Any]) -> EventView:
    return event_view(payload, platform="python", timestamp=None, notes=[])


def body(
    payload: dict[str, Any] | None, title: str = "E: v", make: Body = markdown_body, room: int = 7000
) -> str:
    text: str = make(view_of(payload) if payload else None, title=title, link=LINK, room=room, size=len)
    assert len(text) <= room
    return text


def outside(text: str) -> str:
    """What of a Markdown text is neither in a block of code nor in a code span."""
    kept, fence = [], ""
    for line in text.split("\n"):
        ticks = re.match(r"`{3,}$", line)
        if ticks and not fence:
            fence = line
        elif fence and re.fullmatch(f"`{{{len(fence)},}}", line):
            fence = ""
        elif not fence:
            kept.append(re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line))
    assert not fence
    return "\n".join(kept)


def hostile() -> dict[str, Any]:
    frame = {"function": EVIL, "filename": EVIL, "lineno": 3, "context_line": EVIL, "in_app": True}
    return {
        "exception": {"values": [{"type": EVIL, "value": EVIL, "stacktrace": {"frames": [frame]}}]},
        "release": EVIL, "environment": "`@team`", "transaction": EVIL, "tags": {EVIL: EVIL}, "user": {"id": EVIL},
    }  # fmt: skip


def test_what_is_in_it() -> None:
    text = body(events.python_event(1), "PaymentDeclined: card")
    assert text.startswith(f"{LINK}\n\n`PaymentDeclined: card`\n\n- environment: `")
    assert "- release: `shop@2.14.0`" in text
    assert "PaymentDeclined: card 1001 was declined" in text
    assert text.endswith("\n```")


def test_no_person_and_no_variable_is_told_elsewhere() -> None:
    payload = events.python_event(1)
    payload["user"] = {"email": "secret@example.org"}
    payload["request"] = {"url": "https://shop.example.org/?token=secret"}
    for thrown in payload["exception"]["values"]:
        for frame in thrown["stacktrace"]["frames"]:
            frame["vars"] = {"password": "'secret'"}
    for make in (markdown_body, jira_body):
        assert "secret" not in body(payload, make=make)


def test_text_of_the_event_cannot_become_markup() -> None:
    text = body(hostile(), EVIL)
    left = outside(text)
    assert re.fullmatch(rf"{LINK}\n\n\n\n(- [a-z]+: \n?)+\n\n?", left + "\n") or not re.search(
        r"[@!\[\]#]|evil|close", left
    )
    assert "@team" in text


def test_nor_markup_of_jira() -> None:
    text = body(
        {**hostile(), "message": "{noformat} [~ana] !https://evil!"}, "{noformat}{code}[~ana]", jira_body
    )
    assert text.count("{noformat}") == 2
    assert text.startswith(f"{LINK}\n\n{{noformat}}\n")
    assert text.endswith("\n{noformat}")
    assert "{code}" not in text


@pytest.mark.parametrize("make", [markdown_body, jira_body])
@pytest.mark.parametrize("payload", [hostile(), events.big_event(1), {"message": "m" * 50_000}, {}])
def test_it_is_cut_where_the_room_ends(make: Body, payload: dict[str, Any]) -> None:
    whole = body(payload, EVIL, make, 100_000)
    for room in [*range(0, 400, 7), 1000, 3000]:
        text = body(payload, EVIL, make, room)
        assert text == whole or text == "" or text.startswith(LINK)
        if make is markdown_body:
            assert "evil" not in outside(text).replace(LINK, "")
        if text != whole and room > 150:
            assert text.endswith("(cut: all of it is behind the link)")
    assert body(payload, EVIL, make, len(LINK) - 1) == ""


def test_without_an_event_there_is_the_link_and_the_title() -> None:
    assert body(None, "E: v") == f"{LINK}\n\n`E: v`"
    assert body(None, " ") == LINK
    assert body({"message": "m"}, "m").endswith("```\nm\n```")


@pytest.mark.parametrize("make", [markdown_body, jira_body])
def test_time_in_proportion(make: Callable[..., str]) -> None:
    def work(view: EventView) -> None:
        make(view, title="t", link=LINK, room=3000, size=len)

    assert_linear(lambda n: view_of({"message": "`{" * n}), work, largest=1 << 16)
