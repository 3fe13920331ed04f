"""What an event is called: the type and value of its exception, or its message. Pure.

Stored titles, grouping keys and the heading of the event page are all made here, so that they cannot differ.
"""

from __future__ import annotations

from typing import Any

from issues.payload import exception, message
from issues.payload.access import first_line, text
from rustrak.lib.text.visible_text import beginning

LONGEST_TYPE, LONGEST_VALUE = 128, 1024
NO_TYPE, NO_TITLE = "Error", "<unknown>"


def type_and_value(event: dict[str, Any]) -> tuple[str, str]:
    """The type and the whole value of the exception that names `event`; else an empty type and its message.

    The value begins with its first line that has text. Both are empty when the event says nothing of itself.
    """
    if (thrown := exception.main(event)) is not None:
        return type_of(thrown), beginning(text(thrown.get("value")))
    return "", beginning(message.formatted(event))


def title(type_: str, value: str) -> str:
    """The title of an event with this type and value: `<unknown>` when both are blank."""
    value = value[:LONGEST_VALUE]
    return titled(type_, value) if type_ else first_line(value) or NO_TITLE


def type_of(thrown: dict[str, Any]) -> str:
    """The type of an exception, cut at 128 characters; `Error` where it has none or a blank one."""
    return beginning(text(thrown.get("type")))[:LONGEST_TYPE] or NO_TYPE


def titled(type_: str, value: str) -> str:
    """`Type: first line of value`, the line cut at 1024 characters; the type alone where no line has text."""
    line = first_line(value)[:LONGEST_VALUE]
    return f"{type_}: {line}" if line else type_
