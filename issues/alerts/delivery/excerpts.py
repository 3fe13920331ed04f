"""The lines of code at which an event happened, as plain text. Bounded, whatever was sent."""

from __future__ import annotations

from typing import Any

from issues.payload import stack
from issues.render.room import Room
from issues.render.stack.frames import Frame, frame
from issues.render.stack.reading import Reading
from issues.render.values import string

#: Lines before and after the one that was running, and the characters of each.
LINES, LONGEST_LINE = 3, 160
_NAMES = (
    "function",
    "raw_function",
    "module",
    "filename",
    "abs_path",
    "lineno",
    "platform",
    "in_app",
    "context_line",
)


def excerpt(payload: dict[str, Any]) -> tuple[str, str]:
    """Where it happened (`pay in checkout/views.py:43`), and the lines of code there; empty where they are not known."""
    found = stack.main_frame(payload)
    if found is None:
        return "", ""
    before, after = found.get("pre_context"), found.get("post_context")
    sent: dict[str, Any] = {name: found[name] for name in _NAMES if name in found}
    sent["pre_context"] = before[-LINES:] if isinstance(before, list) else None
    sent["post_context"] = after[:LINES] if isinstance(after, list) else None
    shown = frame(sent, Reading(platform=string(payload.get("platform"))), Room(), bare=False)
    return _place(shown), _code(shown)


def _place(shown: Frame) -> str:
    at = shown.path + (f":{shown.line}" if shown.path and shown.line is not None else "")
    return " in ".join(part for part in (shown.function, at) if part)


def _code(shown: Frame) -> str:
    if not any(line.hit for line in shown.code):
        return ""
    lines = [
        f"{'>' if line.hit else ' '} {line.number if line.number is not None else '':>4}  {_cut(line.text)}".rstrip()
        for line in shown.code
    ]
    return "\n".join(lines)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
