"""Notes on what reading an event changed, left out or could not use: bounded in number and size. Pure.

A note is `(field, what, detail)`. `field` is a path of keys and indexes joined with dots (a dot in a key is `\\.`), empty
for the event as a whole; `what` is one of What; `detail` depends on it. Notes are stored with the event, and
issues.render.notes words them.
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
    """What happened to a value. The stored codes must not change. Those of tolerant_json.Fix come first."""

    NUL = "nul"  # detail: how many
    SURROGATE = "surrogate"  # detail: how many
    INVALID_UTF8 = "invalid_utf8"  # detail: how many bytes
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    LONG_INTEGER = "long_integer"
    TOO_DEEP = "too_deep"
    NOT_STANDARD = "not_standard"
    WRONG_TYPE = "wrong_type"  # detail: the value
    INVALID = "invalid"  # the value was not used; detail: the value
    CUT = "cut"  # detail: characters before and after, "300 200"
    BAD_EVENT_ID = "bad_event_id"  # detail: the value
    OTHER_EVENT_ID = "other_event_id"  # the envelope's id was used; detail: the value
    BAD_TIME = "bad_time"  # detail: the value
    CLOCK_DRIFT = "clock_drift"  # detail: seconds added
    IN_FUTURE = "in_future"  # detail: seconds
    TOO_OLD = "too_old"  # detail: the value
    UNKNOWN_LEVEL = "unknown_level"  # detail: the value
    NO_TAG = "no_tag"  # detail: the value
    TAG_RENAMED = "tag_renamed"  # detail: its new name
    TAG_REPEATED = "tag_repeated"  # sent again with another value, which was used; detail: the value
    UNNAMED_TAG = "unnamed_tag"  # detail: the value
    TAGS_NOT_COUNTED = "tags_not_counted"  # detail: how many were sent and how many are counted
    UNKNOWN_VARIABLE = "unknown_variable"  # of the fingerprint; detail: the variable
    PARAMS = "params"  # the parameters do not fit the message; detail: the parameters
    BAD_ADDRESS = "bad_address"  # detail: the value
    CLIENT_ADDRESS = "client_address"  # detail: the address
    NO_ADDRESS = "no_address"  # the SDK asked for the address but does not allow to infer it
    ENVELOPE_SDK = "envelope_sdk"  # detail: name and version
    SALVAGED = "salvaged"  # detail: bytes before and after
    TOO_COSTLY = "too_costly"  # it took too long to read, so little of it was read
    DROPPED = "dropped"  # detail: bytes
    ENTRIES_CUT = "entries_cut"  # detail: how many before and after
    FRAMES_CUT = "frames_cut"  # detail: how many before and after
    VARIABLES_CUT = "variables_cut"  # detail: in how many frames
    SOURCE_CUT = "source_cut"  # detail: in how many frames
    NOT_KEPT = "not_kept"  # attachments; detail: the ledger's reason
    RULE = "rule"  # a fingerprint rule took it; detail: the version of the rules and the line
    RULE_TITLE = "rule_title"  # detail: the title that it would have
    RULE_LEVEL = "rule_level"  # detail: the level that was sent
    REMOVED = "removed"  # by a privacy rule; detail: the kind of secret, or the rule
    MORE_REMOVED = "more_removed"  # detail: how many further values privacy rules removed
    NOT_MAPPED = "not_mapped"  # frames were not looked up in time; detail: why
    MORE = "more"  # detail: how many further notes there were


#: Not problems of reading: the page shows them next to the user, the SDK and the attachments, not in the list of notes.
ASIDE = frozenset({What.CLIENT_ADDRESS, What.ENVELOPE_SDK, What.NOT_KEPT})


class Note(NamedTuple):
    """One note; see the module."""

    field: str
    what: str
    detail: str = ""


class Notes:
    """Collects notes: keeps the first MOST and counts the others."""

    __slots__ = ("_more", "_notes")

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._more = 0

    def add(self, field: str, what: What, detail: str = "") -> None:
        """Keep a note, its field and detail cut; only count it when there are MOST already."""
        if len(self._notes) < MOST:
            self._notes.append(Note(_clean(field, _FIELD), what.value, _clean(detail, _DETAIL)))
        else:
            self._more += 1

    def wrong_type(self, value: object, *keys: str | int) -> None:
        """Note that the value at `keys` has a type that cannot be used there. Cheap once there are MOST notes."""
        if len(self._notes) < MOST:
            self.add(path(*keys), What.WRONG_TYPE, short(value))
        else:
            self._more += 1

    def first(self, what: What, detail: str) -> None:
        """Put a note about the event as a whole before all others."""
        self._notes.insert(0, Note("", what.value, _clean(detail, _DETAIL)))

    def repaired(self, repairs: Iterable[Repair]) -> None:
        """Note what tolerant_json had to repair."""
        for repair in repairs:
            self.add(path(*repair.path), What(repair.what.value), str(repair.times))

    def extend(self, notes: Notes) -> None:
        """Add all of `notes`."""
        room = MOST - len(self._notes)
        self._notes += notes._notes[:room]
        self._more += len(notes._notes[room:]) + notes._more

    def all(self) -> tuple[Note, ...]:
        """The notes that were kept, and a last one on how many were not."""
        more = (Note("", What.MORE.value, str(self._more)),) if self._more else ()
        return (*self._notes, *more)


def path(*keys: str | int) -> str:
    """The `field` of the value that these keys lead to."""
    return ".".join(
        str(key) if isinstance(key, int) else key[:_FIELD].replace("\\", "\\\\").replace(".", "\\.")
        for key in keys
    )


def short(value: object) -> str:
    """A value as it was sent, cut at 60 characters; of arrays and objects only their length."""
    if isinstance(value, str):
        return value if len(value) <= _SHORT else value[:_SHORT] + "…"
    if isinstance(value, list):
        return f"an array of {len(value):,}"
    if isinstance(value, dict):
        return f"an object of {len(value):,}"
    return _cut(tolerant_json.dumps(value).decode(), _SHORT)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _clean(text: str, most: int) -> str:
    """`text` cut, and with U+FFFD for what no database stores: not all of it has been through a tolerant reader."""
    text = _cut(text, most)
    return text if text.isprintable() else tolerant_json.cleaned(text)
