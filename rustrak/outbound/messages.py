"""A request, its answer, and why there may be none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Of a request, from the look-up of the name to the last byte of the answer.
MOST_SECONDS = 10.0
#: Of an answer's body; the rest is not read.
ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request with an absolute http or https `url`. Its parts may be secret: nothing logs them, `repr` leaves them out."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever its status. The names of `headers` are in lower case; `body` has at most ANSWER_BYTES."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Refused(Exception):
    """The address may not be connected to. The message says why and what an operator can set. Trying again does not help."""


class Unreachable(Exception):
    """No answer: no such name, no connection, a bad certificate, too slow. The message is for people and holds no secret."""
