"""Fills in the variables of a fingerprint, such as `{{ error.type }}`, from the event. Pure.

Source: docs/protocol.md, "Grouping": the names are those of Sentry's documentation of fingerprint rules. Names are read
in any case of letters, with or without spaces; that of a tag is exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from issues.payload import exception, fields, message, stack, tags, title
from issues.payload.access import text
from issues.payload.notes import Notes
from rustrak.lib.text.visible_text import beginning

#: In characters, of one value that is filled in; some are cut earlier, as in the default key.
LONGEST_VALUE = title.LONGEST_VALUE
_variable = re.compile(r"\{\{([^{}]*)\}\}")


class Variables:
    """The variables of one event. Each is read once, however often it is named.

    `own_tags` are what tags.read found; `default` makes the default grouping key.
    """

    def __init__(
        self, event: dict[str, Any], default: Callable[[], str], own_tags: dict[str, str] | None = None
    ) -> None:
        self._event = event
        self._default = default
        self._given_tags = own_tags
        self._known: dict[str, str] = {}

    def fill(self, part: str, most: int) -> tuple[str, list[str]]:
        """`part` with its variables filled in, and those that are not known, which stay as they are written.

        Of what is longer than `most` characters the rest may be missing. White space around a part that is nothing but a
        variable is dropped with it.
        """
        if (whole := _variable.fullmatch(part.strip())) and (value := self._value(whole[1])) is not None:
            return value, []
        unknown: list[str] = []
        pieces: list[str] = []
        done = size = 0
        for match in _variable.finditer(part):
            value = self._value(match[1])
            if value is None:
                unknown.append(match[0])
                continue
            pieces += (part[done : match.start()], value)
            size += match.start() - done + len(value)
            done = match.end()
            if size > most:
                break
        return "".join([*pieces, part[done:]]), unknown

    def _value(self, name: str) -> str | None:
        """The value of a variable; None where there is none of this name."""
        name = name.strip()
        if name[:5].lower() == "tags." and len(name) > 5:
            tag = name[5:].strip()
            return self._tags.get(tags.key_of(tag)) or f"<no tag {tag[: tags.LONGEST]}>"
        if (reader := _READERS.get(name := name.lower())) is None:
            return None
        if name not in self._known:
            self._known[name] = reader(self)
        return self._known[name]

    @cached_property
    def _own_tags(self) -> dict[str, str]:
        return tags.read(self._event) if self._given_tags is None else self._given_tags

    @cached_property
    def _tags(self) -> dict[str, str]:
        """The tags of the event, and the fields that are counted like tags."""
        of_fields = {
            "level": self.level(),
            "release": self.release(),
            "environment": self.environment(),
            "transaction": fields.transaction(self._event.get("transaction"), Notes()),
        }
        return {**of_fields, **tags.with_origin(self._own_tags, self._event)}

    def default(self) -> str:
        return self._default()

    def transaction(self) -> str:
        return fields.transaction(self._event.get("transaction"), Notes()) or NO_TRANSACTION

    def type(self) -> str:
        thrown = exception.main(self._event)
        return "<no type>" if thrown is None else title.type_of(thrown)

    def value(self) -> str:
        thrown = exception.main(self._event) or {}
        return _cut(thrown.get("value")) or "<no value>"

    def message(self) -> str:
        """The message, else the value of the exception."""
        said = _cut(message.formatted(self._event))
        return said or _cut((exception.main(self._event) or {}).get("value")) or "<no message>"

    def level(self) -> str:
        return fields.LEVEL_NAMES[fields.known_level(self._event.get("level")) or fields.ERROR]

    def logger(self) -> str:
        return _cut(self._event.get("logger")) or "<no logger>"

    def release(self) -> str:
        return fields.release(self._event, self._own_tags, Notes())

    def environment(self) -> str:
        return fields.environment(self._event, self._own_tags, Notes())

    @cached_property
    def _frame(self) -> dict[str, Any]:
        return stack.top_frame(stack.main_frames(self._event)) or {}

    def of_frame(self, *names: str) -> str:
        """The first of these members of the top frame that has text: the frame that names the culprit."""
        return next((found for name in names if (found := _cut(self._frame.get(name)))), f"<no {names[0]}>")


NO_TRANSACTION = "<no transaction>"


def _cut(value: Any) -> str:
    return beginning(text(value))[:LONGEST_VALUE]


def _of_frame(*names: str) -> Callable[[Variables], str]:
    return lambda variables: variables.of_frame(*names)


_FUNCTION, _MODULE, _PACKAGE = _of_frame("function"), _of_frame("module"), _of_frame("package")
_PATH, _FILENAME = _of_frame("abs_path", "filename"), _of_frame("filename", "abs_path")
_READERS: dict[str, Callable[[Variables], str]] = {
    "default": Variables.default,
    "transaction": Variables.transaction,
    "error.type": Variables.type,
    "type": Variables.type,
    "error.value": Variables.value,
    "value": Variables.value,
    "message": Variables.message,
    "level": Variables.level,
    "logger": Variables.logger,
    "release": lambda variables: variables.release() or "<no release>",
    "environment": lambda variables: variables.environment() or "<no environment>",
    "stack.function": _FUNCTION,
    "function": _FUNCTION,
    "stack.module": _MODULE,
    "module": _MODULE,
    "stack.package": _PACKAGE,
    "package": _PACKAGE,
    "stack.abs_path": _PATH,
    "path": _PATH,
    "stack.filename": _FILENAME,
}
NAMES = tuple(_READERS)
