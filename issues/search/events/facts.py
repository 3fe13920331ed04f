"""What searches and columns ask of one stored event. Pure: reads each part of the payload once, and only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from issues.payload import exception, fields, message, stack, tags
from issues.payload.access import entries, interface, mapping, text
from issues.payload.notes import Notes
from issues.payload.user import Identity, stored_identity

#: So much of a text is compared; of an issue's index it is less.
LONGEST = 8_192


class Facts:
    """The facts of one event. `notes` are those of its row, which have the address that the event was sent from."""

    def __init__(self, payload: dict[str, Any], notes: Iterable[Sequence[str]] = ()) -> None:
        self._payload = payload
        self._notes = notes

    @cached_property
    def tags(self) -> dict[str, str]:
        """The tags as they are counted for issues, without level, environment and release."""
        return tags.with_origin(tags.read(self._payload), self._payload)

    @cached_property
    def who(self) -> Identity | None:
        return stored_identity(self._payload, self._notes)

    @cached_property
    def types(self) -> list[str]:
        """The types of all chained exceptions."""
        return _texts(each.get("type") for each in exception.listed(self._payload))

    @cached_property
    def functions(self) -> list[str]:
        return self._of_frames("function")

    @cached_property
    def files(self) -> list[str]:
        return self._of_frames("filename", "abs_path")

    @cached_property
    def modules(self) -> list[str]:
        own = _texts(each.get("module") for each in exception.listed(self._payload))
        return list(dict.fromkeys([*own, *self._of_frames("module")]))

    @cached_property
    def urls(self) -> list[str]:
        return _texts([mapping(interface(self._payload, "request")).get("url")])

    @cached_property
    def transactions(self) -> list[str]:
        found = fields.transaction(self._payload.get("transaction"), Notes())
        return [found] if found else []

    @cached_property
    def messages(self) -> list[str]:
        """The message and its template, the values of all chained exceptions and the logger."""
        said = message.read(self._payload)
        values = (each.get("value") for each in exception.listed(self._payload))
        return _texts([*((said.text, said.template) if said else ()), *values, self._payload.get("logger")])

    @cached_property
    def has_stack(self) -> bool:
        return any(stack.frames(holder) for holder in self._holders())

    @cached_property
    def _main_variables(self) -> dict[str, Any]:
        return mapping((stack.main_frame(self._payload) or {}).get("vars"))

    def variable(self, name: str) -> Any:
        """The value of a variable in the frame that names where the event happened; None without it."""
        return self._main_variables.get(name)

    @property
    def variables(self) -> list[str]:
        return list(self._main_variables)

    def all(self) -> Iterator[str]:
        """Every text that free text is looked for in."""
        for part in (
            self.types,
            self.messages,
            self.transactions,
            self.urls,
            self.functions,
            self.files,
            self.modules,
        ):
            yield from part
        for value in self.tags.values():
            yield value[:LONGEST]

    def _holders(self) -> list[dict[str, Any]]:
        part = interface(self._payload, "exception")
        threads = entries(self._payload.get("threads"))
        return [
            *exception.listed(self._payload),
            *([part] if isinstance(part, dict) else []),
            self._payload,
            *threads,
        ]

    def _of_frames(self, *names: str) -> list[str]:
        frames = (frame for holder in self._holders() for frame in stack.frames(holder))
        return _texts(frame.get(name) for frame in frames for name in names)


def _texts(values: Iterable[Any]) -> list[str]:
    """Different texts in their order."""
    return list(dict.fromkeys(found for value in values if (found := text(value)[:LONGEST])))
