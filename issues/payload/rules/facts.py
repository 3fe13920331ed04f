"""What fingerprint rules look at in an event: read when it is asked for, bounded in number and length. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from issues.payload import exception, fields, message, stack, tags
from issues.payload.access import interface, mapping, text
from issues.payload.frames.in_app import in_app
from issues.payload.notes import Notes
from issues.payload.rules import keys
from issues.payload.rules.patterns import LONGEST

#: The newest of an event that are looked at; characters of one text of a frame, of one such text of all frames together, and of
#: all messages together.
MOST_EXCEPTIONS, MOST_FRAMES, LONGEST_OF_FRAME, LONGEST_OF_FRAMES = 50, 300, 500, 32 * 1024
LONGEST_MESSAGES = 4 * LONGEST

#: By exception or frame, the texts of each that a matcher is compared with.
Column = list[tuple[str, ...]]


class Facts:
    """The facts of one event. `own_tags` are what tags.read found, if that is known already.

    What keys.Key.ignores_case says is casefolded here.
    """

    def __init__(self, event: dict[str, Any], own_tags: dict[str, str] | None = None) -> None:
        self._event = event
        self._given_tags = own_tags
        self._columns: dict[str, Column] = {}
        self._joined: dict[str, str] = {}

    def column(self, key: str) -> Column:
        """The texts of a key that concerns exceptions or frames."""
        if (found := self._columns.get(key)) is None:
            found = self._columns[key] = _COLUMNS[key](self)
        return found

    def joined(self, key: str) -> str:
        """All texts of a column, one in a line."""
        if (found := self._joined.get(key)) is None:
            found = self._joined[key] = "\n".join(each for row in self.column(key) for each in row)
        return found

    def value(self, key: str) -> str:
        """The text of a key of the event or of a tag; empty where there is none."""
        if key.startswith("tags."):
            return self._tags.get(tags.key_of(key[5:])) or self._field_as_tag(key[5:])
        return _VALUES[key](self)

    @cached_property
    def messages(self) -> list[str]:
        """The message as people read it and as it was sent, and the values of the exceptions."""
        said = [message.formatted(self._event), message.unformatted(self._event)]
        said += [text(thrown.get("value")) for thrown in self._exceptions]
        found: list[str] = []
        left = LONGEST_MESSAGES
        for each in dict.fromkeys(one.strip() for one in said):
            if each and left > 0:
                found.append(_folded(each, min(LONGEST, left)))
                left -= len(found[-1])
        return found

    @cached_property
    def _exceptions(self) -> list[dict[str, Any]]:
        """The newest first."""
        return exception.listed(self._event)[: -MOST_EXCEPTIONS - 1 : -1]

    @cached_property
    def _frames(self) -> list[dict[str, Any]]:
        """The newest first: those of the exceptions and of the event, else those of the thread where it happened."""
        found: list[dict[str, Any]] = []
        part = interface(self._event, "exception")
        for holder in (*self._exceptions, part, self._event):
            if len(found) < MOST_FRAMES:
                found += stack.frames(holder)[: len(found) - MOST_FRAMES - 1 : -1]
        return found or stack.main_frames(self._event)[: -MOST_FRAMES - 1 : -1]

    @cached_property
    def _tags(self) -> dict[str, str]:
        own = tags.read(self._event) if self._given_tags is None else self._given_tags
        return tags.with_origin(own, self._event)

    def _field_as_tag(self, name: str) -> str:
        """Fields that are counted like tags can be asked for like tags."""
        return _VALUES[name](self) if name in ("level", "release", "environment", "transaction") else ""

    @cached_property
    def _platform(self) -> str:
        return fields.platform(self._event.get("platform"), Notes())

    def types(self) -> Column:
        return [(text(thrown.get("type")).strip()[:LONGEST],) for thrown in self._exceptions]

    def values(self) -> Column:
        each = max(200, LONGEST_MESSAGES // max(1, len(self._exceptions)))
        return [
            (_folded(text(thrown.get("value")).strip(), min(LONGEST, each)),) for thrown in self._exceptions
        ]

    def files(self) -> Column:
        return _within(
            tuple(
                dict.fromkeys(
                    _path(path) for name in ("abs_path", "filename") if (path := text(frame.get(name)))
                )
            )
            for frame in self._frames
        )

    def packages(self) -> Column:
        return _within((_path(text(frame.get("package"))),) for frame in self._frames)

    def of_frames(self, name: str) -> Column:
        return _within((text(frame.get(name))[:LONGEST_OF_FRAME],) for frame in self._frames)

    def apps(self) -> Column:
        flagged = stack.has_marks(self._event)
        platform = self._platform
        return [("yes" if in_app(frame, platform, flagged=flagged) else "no",) for frame in self._frames]

    def level(self) -> str:
        return fields.LEVEL_NAMES[fields.known_level(self._event.get("level")) or fields.ERROR]

    def release(self) -> str:
        return fields.release(self._event, self._tags, Notes())

    def environment(self) -> str:
        return fields.environment(self._event, self._tags, Notes())

    def transaction(self) -> str:
        return fields.transaction(self._event.get("transaction"), Notes())

    def logger(self) -> str:
        return text(self._event.get("logger")).strip()[:LONGEST]

    def sdk(self) -> str:
        return _folded(text(mapping(self._event.get("sdk")).get("name")), LONGEST)

    def platform(self) -> str:
        return self._platform.casefold()

    def family(self) -> str:
        return keys.family(self._platform)


def _within(rows: Iterable[tuple[str, ...]]) -> Column:
    """The rows as far as LONGEST_OF_FRAMES characters go; without text after that."""
    found: Column = []
    left = LONGEST_OF_FRAMES
    for row in rows:
        left -= sum(map(len, row))
        found.append(row if left >= 0 else ())
    return found


def _folded(value: str, most: int) -> str:
    # Some characters become several.
    return value[:most].casefold()[:most]


def _path(value: str) -> str:
    return _folded(value.strip(), LONGEST_OF_FRAME).replace("\\", "/")


_COLUMNS: dict[str, Callable[[Facts], Column]] = {
    "type": Facts.types,
    "value": Facts.values,
    "file": Facts.files,
    "package": Facts.packages,
    "function": lambda facts: facts.of_frames("function"),
    "module": lambda facts: facts.of_frames("module"),
    "app": Facts.apps,
}
_VALUES: dict[str, Callable[[Facts], str]] = {
    "level": Facts.level,
    "logger": Facts.logger,
    "release": Facts.release,
    "environment": Facts.environment,
    "transaction": Facts.transaction,
    "platform": Facts.platform,
    "family": Facts.family,
    "sdk": Facts.sdk,
}
