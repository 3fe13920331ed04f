"""The kinds of messages. An app registers its own when it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it is sent to one address: as plain text, and as HTML where there is some.

    `headers` are added to those that every message has, or replace them.
    """

    recipient: str
    subject: str
    body: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


# From the recipient's address to what is sent; nothing for an address that gets no message.
Write = Callable[[str], Sequence[Written]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`lifetime`: how long sending is tried. `most`: how many messages of this kind may wait.

    `write` writes a message when it is sent, instead of when it is stored.
    """

    name: str
    lifetime: timedelta = timedelta(days=2)
    most: int = 1000
    write: Write | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known. A name that is known already is replaced."""
    _kinds[kind.name] = kind


def named(name: str) -> Kind:
    """The kind with this name; one without a writer if it is not known, as after a downgrade."""
    return _kinds.get(name) or Kind(name)
