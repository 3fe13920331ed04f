"""Frames of native code, looked up by their addresses in the debug file of the image that they are in.

Only those that the client did not look up itself: a frame with a function and a line stays as it was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from issues.artifacts.lookup import Found
from issues.mapping.debug_files import found_for
from issues.mapping.frame import NOT_FOR_US, UNMAPPED, Outcome
from issues.mapping.known import Known, Stored, Subject
from issues.mapping.paths import clean, readable
from issues.mapping.sent_event import SentEvent, address, whole
from issues.payload.frames.in_app import in_app_by_names
from issues.payload.frames.name import NAMELESS
from issues.symbols import client
from issues.symbols.answers import NativeFrame

KIND = "native"
_SOURCES = "source_bundle"
_LONGEST_NAME, _LONGEST_PATH = 1_000, 1_000


def is_native(frame: dict[str, Any]) -> bool:
    """Whether a frame is looked up by its address."""
    return bool(frame.get("instruction_addr"))


def place_of(
    frame: dict[str, Any], event: SentEvent, *, is_newest: bool, adjustment: str
) -> tuple[str, int, str] | None:
    """The debug id of a frame's image, its address relative to it, and the image's file; None where the event does not say.

    `adjustment` is the stack's `instruction_addr_adjustment`. The address of a call is before the one that it returns to; only
    the newest frame is where it was.
    """
    where = address(frame.get("instruction_addr"))
    if where is None:
        return None
    returns = adjustment == "all" or (adjustment != "none" and not is_newest)
    if frame.get("adjust_instruction_addr") is False:
        returns = False
    back = 1 if returns and where else 0
    mode = frame.get("addr_mode")
    if isinstance(mode, str) and mode.startswith("rel:"):
        number = mode[4:12]
        debug_id, file = (
            event.image_number(int(number)) if number.isascii() and number.isdigit() else ("", "")
        )
        return (debug_id, where - back, file) if debug_id else None
    image = event.image_at(where)
    return None if image is None else (image.debug_id, max(0, where - back - image.start), image.code_file)


def map_frames(
    frames: list[Any], event: SentEvent, known: Known, adjustment: str = "auto"
) -> dict[int, Outcome]:
    """What became of the frames of native code in a stack, the oldest call first, by their indexes."""
    found: dict[int, Outcome] = {}
    files: dict[str, Found | None] = {}
    for index, frame in enumerate(frames):
        if not isinstance(frame, dict):
            continue
        if is_symbolicated(frame):
            found[index] = NOT_FOR_US
            continue
        place = place_of(frame, event, is_newest=index == len(frames) - 1, adjustment=adjustment)
        if place is None:
            found[index] = UNMAPPED if frame.get("in_app") is not False else NOT_FOR_US
            continue
        debug_id, where, _ = place
        if debug_id not in files:
            files[debug_id] = next(iter(found_for(known, KIND, [debug_id])), None)
        file = files[debug_id]
        answer = known.answer(_subject_of(file, debug_id), where) if file is not None else None
        if file is None or not (isinstance(answer, tuple) and answer and isinstance(answer[0], NativeFrame)):
            # Images of the system: nobody uploads them.
            found[index] = UNMAPPED if frame.get("in_app") is not False or file is not None else NOT_FOR_US
            continue
        bundle = next(iter(found_for(known, _SOURCES, [debug_id])), None)
        new = tuple(_with_source(_mapped(frame, one, event), bundle, known) for one in reversed(answer))
        found[index] = Outcome(True, new, file.id, file.name or file.debug_id, file.upload_id)
    return found


def is_symbolicated(frame: dict[str, Any]) -> bool:
    """Whether the client has found function and line itself."""
    function = frame.get("function")
    return (
        isinstance(function, str)
        and function != ""
        and function not in NAMELESS
        and not function.startswith("0x")
        and whole(frame.get("lineno")) > 0
    )


def _subject_of(file: Found, debug_id: str) -> Subject:
    stored = Stored(file.file)
    own = file.debug_id or debug_id

    def ask(some: Sequence[int], patience: float) -> list[Any]:
        return [tuple(one) or None for one in client.native_frames(stored, own, some, patience=patience)]

    return Subject(f"native:{stored.sha256}:{own}", ask)


def _with_source(frame: dict[str, Any], bundle: Found | None, known: Known) -> dict[str, Any]:
    """With the source around the line, where the sources of the image were uploaded."""
    path, line = frame.get("abs_path"), whole(frame.get("lineno"))
    if bundle is None or not line or not isinstance(path, str):
        return frame
    stored, context = Stored(bundle.file), known.context

    def ask(some: Sequence[tuple[str, int]], patience: float) -> list[Any]:
        return [client.bundled_line(stored, *place, context, patience=patience) for place in some]

    excerpt = known.answer(Subject(f"bundle:{stored.sha256}:{context}", ask), (path, line))
    if isinstance(excerpt, tuple) and len(excerpt) == 3:
        before, hit, after = excerpt
        frame |= {"pre_context": list(before), "context_line": hit, "post_context": list(after)}
        known.uploads.add(bundle.upload_id)
    return frame


def _mapped(frame: dict[str, Any], real: NativeFrame, event: SentEvent) -> dict[str, Any]:
    new = dict(frame)
    if function := clean(real.function, _LONGEST_NAME):
        new["function"] = function
    if path := clean(real.file, _LONGEST_PATH):
        new["abs_path"] = path
        short = readable(path)
        new["filename"] = short.rpartition("/")[2] if short.startswith("/") or short[1:2] == ":" else short
    if real.line:
        new["lineno"] = real.line
        new.pop("colno", None)
    new["in_app"] = in_app_by_names(new, event.platform)
    return new
