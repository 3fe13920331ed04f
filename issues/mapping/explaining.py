"""Says step by step why a frame is mapped or not, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from issues.artifacts import lookup
from issues.artifacts.lookup import Found, Script, ScriptFacts
from issues.artifacts.names import Miss
from issues.mapping import java, native
from issues.mapping.debug_files import found_for
from issues.mapping.frame import Outcome
from issues.mapping.frames import JAVA, JAVASCRIPT, MappedFrames, MappedStack, kind_of
from issues.mapping.javascript import refusal_of, script_of
from issues.mapping.known import Known
from issues.mapping.sent_event import SentEvent, whole
from issues.mapping.steps import Explanation, Step
from issues.models import MapFetch
from issues.payload.notes import path

#: Frames of one event that are explained, the newest of each stack first, and scripts that their facts are looked up for.
MOST, MOST_SCRIPTS = 200, 20
_LONGEST = 200
_NOT_NEEDED = "Not needed: the file was found by its debug id."


def explanations(found: MappedFrames, event: SentEvent, known: Known) -> dict[str, Explanation]:
    """Of the frames that an upload could map, by their paths in the event as it was sent."""
    facts: dict[Script, ScriptFacts] = {}

    def facts_of(script: Script) -> ScriptFacts | None:
        if script not in facts:
            if len(facts) >= MOST_SCRIPTS:
                return None
            facts[script] = lookup.facts(known.project_id, script)
        return facts[script]

    explained: dict[str, Explanation] = {}
    for stack in found.stacks:
        for index in sorted(stack.outcomes, reverse=True):
            outcome, frame = stack.outcomes[index], stack.frames[stack.first + index]
            if outcome.is_mapped is None or not isinstance(frame, dict):
                continue
            if len(explained) >= MOST:
                return explained
            at = path(*stack.keys, stack.first + index)
            steps = tuple(_steps(frame, stack, index, outcome, event, known, facts_of))
            explained[at] = Explanation(outcome.is_mapped, steps, outcome.artifact_id)
    return explained


def _steps(
    frame: dict[str, Any],
    stack: MappedStack,
    index: int,
    outcome: Outcome,
    event: SentEvent,
    known: Known,
    facts_of: Callable[[Script], ScriptFacts | None],
) -> Iterator[Step]:
    kind = kind_of(frame, event.platform)
    if kind == JAVASCRIPT:
        script = script_of(frame, event)
        facts = facts_of(script) if script is not None else None
        if script is not None and facts is not None:
            yield from script_steps(script, facts)
            yield from _position_steps(frame, script, facts, outcome, known)
        elif script is not None:
            yield Step("Script", None, f"The first {MOST_SCRIPTS} scripts of an event are explained.")
    elif kind == JAVA:
        yield from _java_steps(event, known, outcome)
    else:
        yield from _native_steps(frame, stack, index, event, known, outcome)


def script_steps(script: Script, facts: ScriptFacts) -> Iterator[Step]:
    """The steps from a script to its map: also what "try a URL" shows."""
    files = facts.files
    by_id = files is not None and files.how == "debug_id"
    yield _debug_id_step(script)
    if not script.debug_id:
        yield Step("File with this debug id", None, "The event names no debug id to look for.")
    elif facts.with_debug_id:
        yield Step("File with this debug id", True, f"It was uploaded with {_listed(facts.with_debug_id)}.")
    else:
        yield Step(
            "File with this debug id",
            False,
            f"Nothing in this project was uploaded with the debug id {script.debug_id}.",
            "Upload the files of exactly this build: each build has new debug ids. The build log names those that it uploads.",
        )
    if by_id:
        for name in ("Release", "Files of this release", "Name of the file"):
            yield Step(name, None, _NOT_NEEDED)
    else:
        yield from _release_steps(script, facts)
    yield from _map_steps(facts)
    if facts.fetch is not None:
        yield _fetch_step(facts.fetch)


def _fetch_step(fetch: MapFetch) -> Step:
    name = "Fetched from the site"
    if fetch.ended_at is None:
        return Step(name, None, "The script waits to be fetched.", "Load the page again in a moment.")
    if not fetch.detail:
        return Step(name, True, "The script and its source map were fetched from the site.")
    fix = "Upload the source map, or serve it where the script says. It is tried again a day later."
    return Step(name, False, f"The script was to be fetched from the site: {fetch.detail[:_LONGEST]}", fix)


def _debug_id_step(script: Script) -> Step:
    if script.debug_id:
        return Step(
            "Debug id in the event", True, f"The event names the debug id {script.debug_id} for this script."
        )
    return Step(
        "Debug id in the event",
        False,
        f"The event names no debug id for {_quoted(script.url)}.",
        "Build with a Sentry bundler plugin, or run “sentry-cli sourcemaps inject” and deploy the files that it changed. "
        "The SDK sends debug ids since version 7.56.",
    )


def _release_steps(script: Script, facts: ScriptFacts) -> Iterator[Step]:
    if not script.release:
        yield Step(
            "Release",
            False,
            "The event names no release, so files cannot be found by their names.",
            "Set “release” in the SDK to the release that the files are uploaded for, or use debug ids.",
        )
        for name in ("Files of this release", "Name of the file"):
            yield Step(name, None, "Not reached: there is no release to look in.")
        return
    dist = f", dist {_quoted(script.dist)}" if script.dist else ""
    yield Step("Release", True, f"The event is of the release {_quoted(script.release)}{dist}.")
    if not facts.artifact_count:
        others = ", ".join(_quoted(name) for name in facts.releases[:3])
        yield Step(
            "Files of this release",
            False,
            f"No files were uploaded for this release.{f' There are files for {others}.' if others else ''}",
            f"Upload with “--release {script.release}”, or set the SDK's release to the one that the files were uploaded for."
            if facts.releases
            else f"Upload the source maps of this build with “--release {script.release}”.",
        )
        yield Step("Name of the file", None, "Not reached: the release has no files.")
        return
    yield Step("Files of this release", True, f"{facts.artifact_count:,} files were uploaded for it.")
    if facts.files is not None:
        own = facts.files.source or facts.files.map
        yield Step("Name of the file", True, f"The URL matches {_listed([own] if own else [])}.")
        return
    of_release = [one for one in facts.named if one.release == script.release]
    if builds := [
        one for one in of_release if one.debug_id and script.debug_id and one.dist in ("", script.dist)
    ]:
        yield Step(
            "Name of the file",
            False,
            f"{_listed(builds)} fits, but is of another build: its debug id is {builds[0].debug_id}.",
            "Upload the files of exactly the build that is deployed.",
        )
        return
    if of_release:
        dists = ", ".join(_quoted(one.dist) if one.dist else "no dist" for one in of_release[:3])
        yield Step(
            "Name of the file",
            False,
            f"{_listed(of_release)} fits, but was uploaded for another dist: {dists}. "
            f"The event has {_quoted(script.dist) if script.dist else 'no dist'}.",
            f"Upload with “--dist {script.dist}”."
            if script.dist
            else "Set “dist” in the SDK to that of the upload, or upload without one.",
        )
        return
    nearest = f" The nearest name is {_miss(facts.misses[0])}." if facts.misses else ""
    tried = ", ".join(_quoted(name) for name in facts.tried)
    yield Step(
        "Name of the file",
        False,
        f"No file of the release has a name that matches {_quoted(script.url)}. These would match: {tried}.{nearest}",
        _fix_for(facts.misses[0], facts.tried)
        if facts.misses
        else "Upload the files under the path that browsers load them from, with “--url-prefix”.",
    )


def _miss(miss: Miss) -> str:
    differs = ", ".join(_WORDS.get(what, what) for what in miss.differs)
    pair = f" ({_quoted(miss.has)} in place of {_quoted(miss.wanted)})" if miss.wanted or miss.has else ""
    return f"{_quoted(miss.name)}: it differs in {differs}{pair}"


_WORDS = {
    "scheme": "the scheme",
    "host": "the host",
    "prefix": "the folders before the file",
    "name": "the name of the file",
    "case": "upper and lower case",
    "query": "the query string",
}


def _fix_for(miss: Miss, tried: Sequence[str]) -> str:
    if "prefix" in miss.differs:
        wanted = _quoted(tried[-1]) if tried else "the URL"
        return f"Set “--url-prefix” so that the name of the file becomes {wanted}."
    if "host" in miss.differs or "scheme" in miss.differs:
        return "Upload with a “--url-prefix” that begins with “~/”, which stands for every scheme and host."
    if "name" in miss.differs:
        return "Upload the files of the build that is deployed: a hash in a name changes with each build."
    return "Upload the file under exactly the name that the browser loads."


def _map_steps(facts: ScriptFacts) -> Iterator[Step]:
    files = facts.files
    if files is None:
        yield Step("Source map of the script", None, "Not reached: the script was not found.")
    elif files.map is not None:
        yield Step("Source map of the script", True, f"{_listed([files.map])} is its source map.")
    else:
        said = files.source.source_map if files.source is not None else ""
        looked = ", ".join(_quoted(name) for name in facts.map_names[:3])
        yield Step(
            "Source map of the script",
            False,
            (
                f"The script names {_quoted(said)} as its source map"
                if said
                else "The script names no source map"
            )
            + (f", and {looked} was not uploaded." if looked else ", and there is none beside it."),
            "Upload the “.map” files together with the scripts. Keep the line “//# sourceMappingURL=” until the upload is done.",
        )


def _position_steps(
    frame: dict[str, Any], script: Script, facts: ScriptFacts, outcome: Outcome, known: Known
) -> Iterator[Step]:
    name = "Position in the source map"
    line, column = whole(frame.get("lineno")), whole(frame.get("colno"))
    if facts.files is None or facts.files.map is None:
        yield Step(name, None, "Not reached: there is no source map.")
    elif not line or not column:
        missing = "line" if not line else "column"
        yield Step(
            name,
            False,
            f"The frame has no {missing}, so it names no position.",
            "The browser did not report it. Nothing can be done for this event.",
        )
    elif outcome.is_mapped:
        yield Step(name, True, f"Line {line:,}, column {column:,} is in the source map.")
    elif reason := refusal_of(known, script):
        yield Step(name, False, f"The source map cannot be used: {reason}", "Build and upload it again.")
    elif known.late:
        yield Step(name, False, known.late, "Load the page again in a moment.")
    else:
        yield Step(
            name,
            False,
            f"The source map has nothing for line {line:,}, column {column:,}.",
            "Usually the map is of another build than the script. Upload both from the build that is deployed.",
        )


def _java_steps(event: SentEvent, known: Known, outcome: Outcome) -> Iterator[Step]:
    ids = ", ".join(event.proguard_ids)
    yield Step("Mapping in the event", True, f"The event names the ProGuard mapping {ids}.")
    files = found_for(known, java.KIND, event.proguard_ids)
    if not files:
        yield Step(
            "Mapping file",
            False,
            "No mapping with this id was uploaded to this project.",
            "Let the Sentry Gradle plugin upload it, or run “sentry-cli upload-proguard --uuid …  mapping.txt”.",
        )
    else:
        yield Step("Mapping file", True, f"{_listed(files)} was uploaded.")
    if not outcome.is_mapped and known.late:
        yield Step("Name in the mapping", False, known.late, "Load the page again in a moment.")
    elif files:
        said = "The name is in the mapping." if outcome.is_mapped else "The mapping does not have this name."
        yield Step("Name in the mapping", outcome.is_mapped is True, said)


def _native_steps(
    frame: dict[str, Any], stack: MappedStack, index: int, event: SentEvent, known: Known, outcome: Outcome
) -> Iterator[Step]:
    newest = stack.first + index == len(stack.frames) - 1
    place = native.place_of(frame, event, is_newest=newest, adjustment="auto")
    if place is None:
        yield Step(
            "Image of the address",
            False,
            "The event names no image with a debug id at the address of this frame.",
            "Have the SDK send its list of images (“debug_meta”), and link with a build id.",
        )
        return
    debug_id, where, file = place
    yield Step(
        "Image of the address", True, f"{_quoted(file) if file else 'An image'} has the debug id {debug_id}."
    )
    files = found_for(known, native.KIND, [debug_id])
    if not files:
        yield Step(
            "Debug file",
            False,
            f"No debug file with the id {debug_id} was uploaded to this project.",
            "Run “sentry-cli debug-files upload” on the unstripped files of this build.",
        )
        return
    yield Step("Debug file", True, f"{_listed(files)} was uploaded.")
    if outcome.is_mapped:
        yield Step("Function at the address", True, f"There is a function at {where:#x}.")
    elif known.late:
        yield Step("Function at the address", False, known.late, "Load the page again in a moment.")
    else:
        yield Step(
            "Function at the address",
            False,
            f"The file has no function at {where:#x}, or cannot be read.",
            "Upload the file that has the debug information (.debug, .dSYM, .pdb), not only the stripped program.",
        )


def _listed(found: list[Found] | tuple[Found, ...]) -> str:
    first = "".join(_quoted(one.name or one.debug_id) for one in found[:1])
    return f"{first} and {len(found) - 1:,} more" if len(found) > 1 else first


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}”"
