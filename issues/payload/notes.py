"""What reading an event changed, dropped or could not use: bounded in number and size. Pure.

A note is `(field, what, detail)`. `field` is a path of keys and indexes joined with dots (a dot in a key is `\\.`), empty
for the event as a whole; `what` is one of What, which stays as it is once events are stored with it; `detail` is the
value that was sent, a number or a span, whatever the code says. issues.render.notes puts them into words.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from rustrak.lib import tolerant_json
from rustrak.lib.tolerant_json import Repair

MOST = 100
_FIELD, _DETAIL, _SHORT = 240, 160, 60


class What(StrEnum):
    """What happened to a value. Those of tolerant_json.Fix come first."""

    NUL = "nul"  # detail: how many
    SURROGATE = "surrogate"  # detail: how many
    INVALID_UTF8 = "invalid_utf8"  # detail: how many bytes
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    LONG_INTEGER = "long_integer"
    TOO_DEEP = "too_deep"
    NOT_STANDARD = "not_standard"
    WRONG_TYPE = "wrong_type"  # detail: the value
    INVALID = "invalid"  # detail: the value; not used
    CUT = "cut"  # detail: characters before and after, "300 200"
    BAD_EVENT_ID = "bad_event_id"  # detail: the value
    OTHER_EVENT_ID = "other_event_id"  # detail: the value; the envelope's won
    BAD_TIME = "bad_time"  # detail: the value
    CLOCK_DRIFT = "clock_drift"  # detail: seconds added
    IN_FUTURE = "in_future"  # detail: seconds
    TOO_OLD = "too_old"  # detail: the value
    UNKNOWN_LEVEL = "unknown_level"  # detail: the value
    NO_TAG = "no_tag"  # detail: the value
    TAG_RENAMED = "tag_renamed"  # detail: its new name
    PARAMS = "params"  # parameters and message do not fit together
    BAD_ADDRESS = "bad_address"  # detail: the value
    CLIENT_ADDRESS = "client_address"  # detail: the address
    NO_ADDRESS = "no_address"  # the SDK asked for the address and forbade to infer it
    ENVELOPE_SDK = "envelope_sdk"  # detail: name and version
    SALVAGED = "salvaged"  # detail: bytes before and after
    SHRUNK = "shrunk"  # detail: bytes before and after
    DROPPED = "dropped"  # detail: bytes
    ENTRIES_CUT = "entries_cut"  # detail: how many before and after
    FRAMES_CUT = "frames_cut"  # detail: how many before and after
    VARIABLES_CUT = "variables_cut"  # detail: in how many frames
    SOURCE_CUT = "source_cut"  # detail: in how many frames
    MORE = "more"  # detail: how many notes there would be


#: Said where they belong on the page: nothing is wrong with these.
ASIDE = frozenset({What.CLIENT_ADDRESS, What.ENVELOPE_SDK})


class Note(NamedTuple):
    """See the module."""

    field: str
    what: str
    detail: str = ""


class Notes:
    """Takes notes; the first MOST are kept, the others counted."""

    __slots__ = ("_more", "_notes")

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._more = 0

    def add(self, field: str, what: What, detail: str = "") -> None:
        if len(self._notes) < MOST:
            self._notes.append(Note(_cut(field, _FIELD), what.value, _cut(detail, _DETAIL)))
        else:
            self._more += 1

    def wrong_type(self, value: object, *keys: str | int) -> None:
        """The value at `keys` is of a type that cannot be used there. Cheap when there are many."""
        if len(self._notes) < MOST:
            self.add(path(*keys), What.WRONG_TYPE, short(value))
        else:
            self._more += 1

    def first(self, what: What, detail: str) -> None:
        """A note about the event as a whole, before all others."""
        self._notes.insert(0, Note("", what.value, detail))

    def repaired(self, repairs: Iterable[Repair]) -> None:
        """What had to be done to read the JSON at all."""
        for repair in repairs:
            self.add(path(*repair.path), What(repair.what.value), str(repair.times))

    def extend(self, notes: Notes) -> None:
        """Those of `notes` too."""
        room = MOST - len(self._notes)
        self._notes += notes._notes[:room]
        self._more += len(notes._notes[room:]) + notes._more

    def all(self) -> tuple[Note, ...]:
        more = (Note("", What.MORE.value, str(self._more)),) if self._more else ()
        return (*self._notes, *more)


def path(*keys: str | int) -> str:
    """The field that these keys lead to."""
    return ".".join(
        str(key) if isinstance(key, int) else key[:_FIELD].replace("\\", "\\\\").replace(".", "\\.")
        for key in keys
    )


def short(value: object) -> str:
    """A value as it was sent, or the beginning of it."""
    if isinstance(value, str):
        return value if len(value) <= _SHORT else value[:_SHORT] + "…"
    if isinstance(value, list):
        return f"an array of {len(value):,}"
    if isinstance(value, dict):
        return f"an object of {len(value):,}"
    return _cut(tolerant_json.dumps(value).decode(), _SHORT)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
