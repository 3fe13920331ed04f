"""Why an event is in its issue: each part of its grouping key, where it came from, and what was cut or replaced. Pure.

In: the payload and what is stored of the grouping that decided. Out: visible text, not yet escaped; nothing raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from issues.payload import exception, fingerprint, message, stack, title
from issues.payload.access import first_line, text
from issues.payload.fields import LONGEST_TRANSACTION
from issues.payload.frames import name
from issues.payload.rules.taken import Taken
from issues.payload.smart import key as smart
from issues.payload.smart import values
from issues.payload.variables import NO_TRANSACTION
from issues.render.values import line
from rustrak.lib.text.visible_text import beginning

CLASSIC, SMART = "classic", "smart"
_LONGEST, _LONGEST_KEY, _MOST_PARTS = 400, 2_000, 30
_WHAT = {
    "type": "Type",
    "message": "Message",
    "logger": "Logger",
    "place": "Function",
    "circle": "Functions that call one another",
    "transaction": "Transaction",
    "cause": "Type of a cause",
    "cause_message": "Message of the first cause",
}


@dataclass(frozen=True)
class Segment:
    """A piece of the value that a part was made from. `why` says why `after` stands for it; empty: it stayed as it was."""

    before: str
    after: str
    why: str


@dataclass(frozen=True)
class KeyPart:
    """`text` as it stands in the key; `source` is a path in the payload. `segments` are of the value, if it was changed.

    `note` is a sentence on what was cut or why it was chosen; empty for none.
    """

    what: str
    text: str
    source: str
    segments: tuple[Segment, ...] = ()
    note: str = ""

    @property
    def replaced(self) -> tuple[Segment, ...]:
        """The segments that were replaced."""
        return tuple(segment for segment in self.segments if segment.why)


@dataclass(frozen=True)
class Explanation:
    """`mechanism` and `version` made the key that decided. `by` is `rule`, `fingerprint` or `default`.

    `left_out` are sentences on what is no part of the key. `other_key` is what the other mechanism would have made.
    `is_former`: the project uses the other mechanism now. `is_known`: the key follows from the payload as it is stored, in its readable
    form, or with `is_of_sent` only in that in which it was sent.
    """

    mechanism: str
    version: int
    key: str
    by: str
    parts: tuple[KeyPart, ...]
    left_out: tuple[str, ...]
    other: str
    other_key: str
    is_former: bool
    is_known: bool
    is_of_sent: bool
    rule: Taken | None


def explanation(
    payload: dict[str, Any],
    *,
    key: str,
    key_hash: str,
    mechanism: int,
    uses: str,
    rule: Taken | None = None,
    readable: dict[str, Any] | None = None,
) -> Explanation:
    """Explain the grouping of an event. `key`, `key_hash` and `mechanism` are those of its Grouping, `uses` the project's mechanism.
    `readable` is the payload with its frames and types mapped, where they are."""
    of_rule = rule.fingerprint if rule else None
    is_smart = mechanism >= smart.MECHANISM - 1
    shown = payload if readable is None else readable
    keys = fingerprint.grouping_keys(payload, None, None, of_rule, shown)
    is_of_sent = False
    if shown is not payload and key_hash != fingerprint.key_hash(keys[is_smart]):
        # Grouped before the files came that make it readable.
        of_sent = fingerprint.grouping_keys(payload, None, None, of_rule)
        if is_of_sent := key_hash == fingerprint.key_hash(of_sent[is_smart]):
            keys, shown = of_sent, payload
    own, other = keys[is_smart], keys[not is_smart]
    sent = payload.get("fingerprint") if of_rule is None else list(of_rule)
    parts: list[KeyPart] = []
    left_out: list[str] = []
    by = "default"
    is_default_used = True
    if isinstance(sent, list) and sent:
        by = "fingerprint" if of_rule is None else "rule"
        source = "fingerprint" if of_rule is None else "rule"
        parts += _of_fingerprint(payload, shown, sent, source)
        is_default_used = keys.classic != keys.smart
        if of_rule is not None and payload.get("fingerprint"):
            left_out.append("The fingerprint that the SDK set is not used: the rule's takes its place.")
    if is_default_used:
        parts += _of_smart(shown, left_out) if is_smart else _of_classic(payload)
    return Explanation(
        mechanism=SMART if is_smart else CLASSIC,
        version=mechanism - smart.MECHANISM + 1 if is_smart else mechanism,
        key=line(key, _LONGEST_KEY),
        by=by,
        parts=tuple(parts[:_MOST_PARTS]),
        left_out=tuple(left_out),
        other=CLASSIC if is_smart else SMART,
        other_key=line(other, _LONGEST_KEY),
        is_former=own != other and uses != (SMART if is_smart else CLASSIC),
        is_known=fingerprint.key_hash(own) == key_hash,
        is_of_sent=is_of_sent,
        rule=rule,
    )


def _of_fingerprint(
    payload: dict[str, Any], shown: dict[str, Any], sent: list[Any], source: str
) -> Iterable[KeyPart]:
    """The parts of a fingerprint, with what variables were filled in from the form `shown`."""
    for index, part in enumerate(sent[:_MOST_PARTS]):
        written = part if isinstance(part, str) else text(part)
        filled = fingerprint.grouping_keys(payload, None, None, [part], shown).classic
        where = f"{source}[{index}]"
        if filled == written:
            yield KeyPart("Part of the fingerprint", line(filled, _LONGEST), where)
        elif filled == fingerprint.default_key(payload):
            yield KeyPart("Default key", line(written, 80), where, note="Its parts follow.")
        else:
            segments = (Segment(line(written, _LONGEST), line(filled, _LONGEST), "variable"),)
            yield KeyPart("Part of the fingerprint", line(filled, _LONGEST), where, segments)


def _of_classic(payload: dict[str, Any]) -> Iterable[KeyPart]:
    if (thrown := exception.main(payload)) is not None:
        at = f"exception.values[{len(exception.listed(payload)) - 1}]"
        sent, cut = text(thrown.get("type")), title.type_of(thrown)
        note = "" if sent else "The exception has no type."
        yield KeyPart("Type", line(cut, _LONGEST), f"{at}.type", note=note or _cut(sent, cut))
        value = text(thrown.get("value"))
        if said := first_line(value)[: title.LONGEST_VALUE]:
            note = _cut(value, said, "Only the first line that has text.")
            yield KeyPart("Message", line(said, _LONGEST), f"{at}.value", note=note)
    else:
        template, keys = message.template(payload)
        if template:
            said = first_line(template)[: title.LONGEST_VALUE]
            notes = [_cut(template, said, "Only the first line that has text.")]
            if template != message.formatted(payload) and keys[-1] == "message":
                notes.append("Before its parameters are filled in.")
            yield KeyPart("Message", line(said, _LONGEST), ".".join(keys), note=" ".join(filter(None, notes)))
        else:
            yield KeyPart("Message", "<unknown>", "", note="The event has no exception and no message.")
    sent = text(payload.get("transaction"))
    cut = beginning(sent)[:LONGEST_TRANSACTION]
    note = _cut(sent, cut) if cut else "The event names no transaction."
    yield KeyPart("Transaction", line(cut or NO_TRANSACTION, _LONGEST), "transaction", note=note)


def _cut(before: str, after: str, of_lines: str = "") -> str:
    if before.strip() == after:
        return ""
    if of_lines and not before.lstrip().startswith(after + " ") and "\n" in before.strip():
        return of_lines
    return f"Cut at {len(after):,} characters." if len(before) > len(after) else ""


def _of_smart(payload: dict[str, Any], left_out: list[str]) -> Iterable[KeyPart]:
    made = smart.smart_key(payload)
    found = {part.what for part in made.parts}
    thrown = exception.main(payload)
    said = (
        first_line(text(thrown.get("value")))
        if thrown is not None
        else first_line(message.unformatted(payload))
    )
    if said and "message" not in found:
        left_out.append(
            f"The message “{line(said, 100)}” is left out: without its values it does not tell one cause from another."
        )
    if "transaction" not in found and text(payload.get("transaction")):
        instead = "the function" if found & {"place", "circle"} else "the message"
        left_out.append(f"The transaction is left out: {instead} says where it happened.")
    frames = stack.main_frames(payload)
    used = sum(
        len(part.keys)
        for part in made.parts
        if part.what in ("place", "circle") and part.keys[0] != "exception"
    )
    if frames and found & {"place", "circle"}:
        left_out.append(
            "Line numbers are left out, and the calls that led there: one bug is reached in many ways."
        )
    elif frames and not used:
        left_out.append(
            "The stack trace is left out: no frame of the application has a name that stays the same from build to build."
        )
    for part in made.parts:
        yield _smart_part(payload, part, frames)


def _smart_part(payload: dict[str, Any], part: smart.Part, frames: Sequence[dict[str, Any]]) -> KeyPart:
    what = _WHAT[part.what]
    if part.what in ("place", "circle"):
        return _function_part(payload, part, what, frames)
    segments: tuple[Segment, ...] = ()
    note = ""
    if part.what in ("message", "cause_message", "logger"):
        segments = _segments(values.pieces(part.before, part.line))
        if part.line and any(segment.why == values.NOT_IN_CODE for segment in segments):
            note = f"Compared with the line of code: {line(part.line, 160)}"
    elif part.what == "transaction" and part.text != f"at {part.before}":
        segments = (
            Segment(
                line(part.before, _LONGEST), line(part.text[3:], _LONGEST), "host, query, numbers and ids"
            ),
        )
    elif part.text == smart.NO_TYPE:
        note = f"A minifier made the name {line(part.before, 40)}, so it is not relied on."
    elif part.what == "type" and part.before and part.before != part.text:
        segments = (Segment(line(part.before, _LONGEST), line(part.text, _LONGEST), "made by a compiler"),)
    return KeyPart(what, line(part.text, _LONGEST), _path(part.keys), _changed(segments), note)


def _function_part(
    payload: dict[str, Any], part: smart.Part, what: str, frames: Sequence[dict[str, Any]]
) -> KeyPart:
    indexes = [each for each in part.keys[part.keys.index("frames") + 1 :] if isinstance(each, int)]
    start = "stack trace"
    if isinstance(of := part.keys[1], int):
        listed = exception.listed(payload)
        frames = stack.frames(listed[of]) if of < len(listed) else []
        start = f"exception.values[{of}].stacktrace"
        what = "Function of the first cause"
    platform = text(payload.get("platform"))
    used = [frames[index] for index in indexes if index < len(frames)]
    before = " < ".join(name.full(frame, platform) or text(frame.get("filename")) for frame in used)
    after = part.text.removeprefix("in ")
    segments = (
        (Segment(line(before, _LONGEST), line(after, _LONGEST), "made by a compiler"),)
        if before != after
        else ()
    )
    if part.what == "circle":
        note = (
            "Which of them was called last is chance, so all of them are named, in the order of their names."
        )
    elif len(used) > 1:
        note = (
            "The function that was called last only throws what its caller found, so its caller is used too."
        )
    elif used and used[0].get("in_app") is False:
        note = "No frame is the application's own, so it is the last call of all."
    else:
        note = "The function of the application that was called last."
    return KeyPart(what, line(part.text, _LONGEST), f"{start}, frame {_listed(indexes)}", segments, note)


def _listed(indexes: Sequence[int]) -> str:
    """Frames as people count them, from 1, the oldest call first."""
    return ", ".join(str(index + 1) for index in indexes)


def _segments(pieces: Sequence[values.Replaced]) -> tuple[Segment, ...]:
    """Pieces of a message, those that stayed as they were joined."""
    found: list[Segment] = []
    for piece in pieces:
        if not piece.what and found and not found[-1].why:
            joined = found[-1].before + piece.before
            found[-1] = Segment(joined, joined, "")
        else:
            found.append(Segment(piece.before, piece.after, piece.what))
    return tuple(Segment(_shown(one.before), _shown(one.after), one.why) for one in found)


def _shown(piece: str) -> str:
    """A piece made visible, with the spaces at its ends."""
    start, end = piece[:1].isspace(), piece[-1:].isspace()
    inner = line(piece, _LONGEST)
    return f"{' ' if start else ''}{inner}{' ' if end and inner else ''}"


def _changed(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    return segments if any(segment.why for segment in segments) else ()


def _path(keys: Sequence[str | int]) -> str:
    """`exception.values[2].type` of ("exception", 2, "type")."""
    if len(keys) == 3 and keys[0] == "exception":
        return f"exception.values[{keys[1]}].{keys[2]}"
    return ".".join(str(key) for key in keys)
