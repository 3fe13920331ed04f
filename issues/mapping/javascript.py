"""Frames of JavaScript: browsers, Node.js, React Native. Looked up by the debug id of their script, else by release, dist and URL.

Of a frame the function, the path, the position and the source are replaced. The name of the function comes from the scopes of
the script; where that was not uploaded, from what the call in the frame before it is named.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from issues.artifacts import lookup, names
from issues.artifacts.lookup import Found, Script, ScriptFiles
from issues.mapping import wanted
from issues.mapping.frame import NOT_FOR_US, UNMAPPED, Outcome
from issues.mapping.known import NOTHING, Known, Refused, Stored, Subject
from issues.mapping.paths import clean, readable
from issues.mapping.sent_event import SentEvent, normal, whole
from issues.payload.frames.in_app import is_library
from issues.payload.frames.name import ANONYMOUS, NAMELESS
from issues.symbols import client
from issues.symbols.answers import Original

# In characters, of what a map may give.
_LONGEST_NAME, _LONGEST_SOURCE, _LONGEST_URL = 500, 2_000, 2_000
_IDENTIFIER = re.compile(r"[\w$]+")
# What stands before the name of a function in a stack trace of V8.
_BEFORE_NAME = re.compile(r"(?:async|new|get|set) +")
_WORTH_KEEPING = 3


class Place(NamedTuple):
    """An original position: the members of a frame that it replaces. `function` is empty where the scopes are not known; `callee` is
    what is called there, empty where the map does not name it. Where the source is missing `source` names it."""

    patch: dict[str, Any]
    function: str
    callee: str
    is_library: bool
    source: str = ""


class _Files(NamedTuple):
    """What was found for a script, and how to ask for positions in it."""

    found: ScriptFiles
    positions: Subject | None


def script_of(frame: dict[str, Any], event: SentEvent) -> Script | None:
    """The script that a frame names; None where it names no file that anybody could upload."""
    path, name = frame.get("abs_path"), frame.get("filename")
    url = path if isinstance(path, str) and path else name
    if not isinstance(url, str) or not url:
        return None
    debug_id = ""
    if scripts := event.scripts:
        debug_id = scripts.get(url) or (scripts.get(name) if isinstance(name, str) else None) or ""
    if not debug_id and isinstance(own := frame.get("debug_id"), str):
        debug_id = normal(own)
    if not debug_id and not _names_a_file(url[:_LONGEST_URL]):
        return None
    return Script(url[:_LONGEST_URL], debug_id, event.release, event.dist)


@lru_cache(maxsize=1024)
def _names_a_file(url: str) -> bool:
    return bool(names.candidates(url))


def refusal_of(known: Known, script: Script) -> str:
    """Why the map of the script cannot be used; empty where it can, or where there is none."""
    files = _files(known, script)
    if not isinstance(files, _Files) or files.positions is None:
        return ""
    answer = known.answer(files.positions, (1, 1))
    return answer.reason if isinstance(answer, Refused) else ""


def _files(known: Known, script: Script) -> Any:
    # What is not there is looked for again after an hour: only an upload changes the version.
    hour = int(time.monotonic()) // 3600
    subject = Subject(f"{known.prefix}scripts:{hour}", lambda some, patience: _look_up(known, some))
    return known.answer(subject, script)


def _look_up(known: Known, scripts: Sequence[Script]) -> list[_Files | None]:
    if not known.version:
        # Nothing was ever uploaded, and no site may be asked.
        return [None] * len(scripts)
    found = lookup.scripts(known.project_id, scripts)
    missing = [script for script in scripts if (one := found.get(script)) is None or one.map is None]
    wanted.ask(known.project_id, [(script.release, script.url) for script in missing])
    return [
        None if (one := found.get(script)) is None else _Files(one, _positions(one, known.context))
        for script in scripts
    ]


def _positions(found: ScriptFiles, context: int) -> Subject | None:
    """How to ask for positions of the script."""
    if found.map is None:
        return None
    map_ = Stored(found.map.file)
    source = Stored(found.source.file) if found.source is not None else None

    def ask(positions: Sequence[tuple[int, int]], patience: float) -> list[Place | None]:
        answers = client.originals(source, map_, positions, context, patience=patience)
        return [None if answer is None else _place(answer) for answer in answers]

    return Subject(f"js:{map_.sha256}:{source.sha256 if source else ''}:{context}", ask)


def _place(original: Original) -> Place:
    source = clean(original.source, _LONGEST_SOURCE)
    filename = readable(source)
    function = clean(original.function, _LONGEST_NAME).strip()
    if function in NAMELESS:
        function = "" if function in ("?", "<unknown>") else ANONYMOUS
    patch: dict[str, Any] = {
        "filename": filename,
        "abs_path": source,
        "lineno": original.line,
        "colno": original.column,
        "context_line": original.context,
        "pre_context": list(original.before),
        "post_context": list(original.after),
    }
    library = original.is_ignored or is_library({"filename": filename, "function": function}, "javascript")
    callee = clean(original.name, _LONGEST_NAME).strip()
    return Place(patch, function, callee, library, source if original.context is None else "")


def map_frames(frames: list[Any], event: SentEvent, known: Known) -> dict[int, Outcome]:
    """What became of the frames of JavaScript in a stack, the oldest call first, by their indexes."""
    found: dict[int, Outcome] = {}
    callee_before, before = "", -2
    # By the members that a script is named by: most frames of an event are of the same few.
    scripts: dict[tuple[Any, Any, Any], Any] = {}
    for index, frame in enumerate(frames):
        if not isinstance(frame, dict):
            continue
        try:
            key = frame.get("abs_path"), frame.get("filename"), frame.get("debug_id")
            if key not in scripts:
                script = script_of(frame, event)
                scripts[key] = NOT_FOR_US if script is None else _files(known, script)
            of_script = scripts[key]
        except TypeError:
            # One of them is an array or an object.
            of_script = NOT_FOR_US
        if of_script is NOT_FOR_US:
            found[index] = NOT_FOR_US
            continue
        line, column = whole(frame.get("lineno")), whole(frame.get("colno"))
        place: Any = None
        if isinstance(of_script, _Files) and of_script.positions is not None and line and column:
            place = known.answer(of_script.positions, (line, column))
        if not isinstance(place, Place):
            found[index] = Outcome(None) if _is_installed(frame) else UNMAPPED
            continue
        map_, source = of_script.found.map, of_script.found.source
        if source is not None and source.upload_id != map_.upload_id:
            # Without the script the map would not be found: its upload must not be deleted as unused.
            known.uploads.add(source.upload_id)
        if place.source:
            place = _with_source(place, map_, known)
        found[index] = _mapped(frame, place, map_, callee_before if before == index - 1 else "")
        callee_before, before = place.callee, index
    return found


def _is_installed(frame: dict[str, Any]) -> bool:
    """Whether a frame that was not found is one of a package that is used as it was installed."""
    return frame.get("in_app") is False


def _mapped(frame: dict[str, Any], place: Place, map_: Found, called: str) -> Outcome:
    new = {**frame, **place.patch}
    new.pop("module", None)
    new["function"] = _function(frame.get("function"), place.function, called)
    new["in_app"] = frame.get("in_app") is not False and not place.is_library
    return Outcome(True, (new,), map_.id, map_.name, map_.upload_id)


def _function(sent: Any, found: str, called: str) -> Any:
    """The best name of a function. `called` is what the call in the frame before is named."""
    if found and found != ANONYMOUS:
        return found
    if called and _IDENTIFIER.fullmatch(called):
        return called
    if found:
        # It has no name of its own. What was sent is a property that it was called by, or what a minifier made.
        last = _BEFORE_NAME.sub("", sent[:_LONGEST_NAME]).rpartition(".")[2] if isinstance(sent, str) else ""
        return sent if len(last) >= _WORTH_KEEPING and sent not in NAMELESS else ANONYMOUS
    return sent


def _with_source(place: Place, map_: Found, known: Known) -> Place:
    """With the line of a source that is not in the map but beside it in the upload."""
    places = tuple(
        dict.fromkeys(
            name for name in (names.resolved(place.source, map_.name), names.normalised(place.source)) if name
        )
    )
    subject = Subject(
        f"{known.prefix}named:{map_.upload_id}",
        lambda some, patience: _named(known.project_id, map_.upload_id, some),
    )
    for name in places:
        source = known.answer(subject, name)
        if isinstance(source, Found):
            lines = Stored(source.file)
            excerpt = known.answer(_lines_of(lines, known.context), place.patch["lineno"])
            if isinstance(excerpt, tuple):
                before, line, after = excerpt
                more = {"context_line": line, "pre_context": list(before), "post_context": list(after)}
                return place._replace(patch={**place.patch, **more})
        elif source is not NOTHING:
            break
    return place


def _lines_of(source: Stored, context: int) -> Subject:
    def ask(numbers: Sequence[int], patience: float) -> list[Any]:
        return [client.source_line(source, number, context, patience=patience) for number in numbers]

    return Subject(f"line:{source.sha256}:{context}", ask)


def _named(project_id: int, upload_id: int, some: Sequence[str]) -> list[Found | None]:
    found = lookup.named_in_upload(project_id, upload_id, some)
    return [found.get(name) for name in some]
