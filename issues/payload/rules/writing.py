"""The text of a rule for an event, as a start for people to change. Pure."""

from __future__ import annotations

import re
from typing import Any

from issues.payload import exception, message, title
from issues.payload.access import first_line, text
from issues.payload.rules.syntax import LONGEST_PATTERN
from rustrak.lib.text.visible_text import beginning

_SPECIAL = re.compile(r"[*?\[\]{}\\]")
_VARYING = re.compile(
    r"""(['"])[^'"]{1,80}\1|\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b|\d+(?:\.\d+)*""", re.IGNORECASE
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Each character may need a backslash.
_LONGEST = LONGEST_PATTERN // 2 - 2
_plain = re.compile(r"[\w.:$<>*/+-]+")


def suggested(event: dict[str, Any]) -> str:
    """A rule that takes events like `event`: of its type, or with its message, where what varies is `*`."""
    thrown = exception.main(event)
    said = text(thrown.get("value")) if thrown is not None else message.unformatted(event)
    matchers = []
    name = "message"
    if thrown is not None:
        type_ = title.type_of(thrown)
        # Not where it begins with what cannot be seen, or is nothing but that.
        if text(thrown.get("type")).strip().startswith(type_.strip()):
            matchers.append(f"type:{quoted(pattern(type_))}")
        name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type_).lower()).strip("-")
        name = name[:60] or "error"
    if line := first_line(beginning(said)).strip():
        varied = _VARYING.sub("*", pattern(line)) + "*"
        if not said.strip().startswith(line):
            varied = f"*{varied}"
        varied = re.sub(r"(?<!\\)\*[\s*]*\*", "*", varied)
        if varied.strip("* "):
            matchers.append(f"message:{quoted(varied)}")
    if not matchers:
        return ""
    return f"{' '.join(matchers)} -> {name}"


def pattern(value: str) -> str:
    """A pattern that matches this text, and, when it is long, all that begin like it; what a rule cannot have is `?`."""
    value = value.strip()
    kept = _CONTROL.sub("\0", value[:_LONGEST])
    more = "*" if len(value) > _LONGEST else ""
    return _SPECIAL.sub(lambda match: "\\" + match[0], kept).replace("\0", "?") + more


def quoted(value: str) -> str:
    """A pattern as it stands in a rule: in quotation marks where it needs them."""
    if _plain.fullmatch(value):
        return value
    return '"' + value.replace('"', '\\"') + '"'
