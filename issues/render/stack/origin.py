"""What is known of a frame besides what it says itself: how it was sent, before its position was looked up in an uploaded file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from issues.payload.frames import name as frame_name
from issues.render.values import line, string, whole_number


class _Key:
    """A key that no JSON has."""


#: Under it a frame has its FrameOrigin: a member of the frame is not lost when frames are copied.
KEY = cast("str", _Key())


@dataclass(frozen=True, slots=True)
class FrameOrigin:
    """`sent` is what was sent in one line, such as `t in app.min.js:1:4821`; `file` is the name of the file that it was found in, empty
    for a frame that is not mapped. `link` leads to the page that says why."""

    is_mapped: bool
    sent: str
    file: str
    link: str


def of(sent: Mapping[str, Any]) -> FrameOrigin | None:
    """What is known of this frame."""
    found = sent.get(KEY)
    return found if isinstance(found, FrameOrigin) else None


def place(sent: Mapping[str, Any]) -> str:
    """A frame as it was sent, in one line: function, file, line and column, as far as they are there."""
    function = line(frame_name.shown(dict(sent), ""), 80)
    file = line(
        string(sent.get("abs_path"), 600) or string(sent.get("filename"), 600) or sent.get("module"), 160
    )
    numbers = [whole_number(sent.get(each)) for each in ("lineno", "colno")]
    position = ":".join([file, *(str(number) for number in numbers if number is not None)]) if file else ""
    address = "" if position else line(sent.get("instruction_addr"), 40)
    where = position or address
    return f"{function} in {where}" if function and where else function or where
