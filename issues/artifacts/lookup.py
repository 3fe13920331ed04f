"""Finds the artifacts of a project that a frame can be looked up in. Every query names the project."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from issues.artifacts.files import FileRef
from issues.artifacts.names import Miss


class Script(NamedTuple):
    """A script that frames name: by its URL or path, as they have it, by its debug id, or both. `release` and `dist` are the event's."""

    url: str
    debug_id: str = ""
    release: str = ""
    dist: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An artifact that fits, as little of it as the look-up needs. `upload_id` is the upload that was used."""

    id: int
    upload_id: int
    kind: str
    name: str
    file: FileRef
    source_map: str
    debug_id: str
    release: str
    dist: str


@dataclass(frozen=True, slots=True)
class ScriptFiles:
    """What was found for a script: `how` is "debug_id", "release" or "fetched"; `map` is None where only the script was found."""

    how: str
    source: Found | None
    map: Found | None


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """What there is for a script, for people who ask why it was found or not.

    `tried` are the names that its URL may mean, best first. `with_debug_id` are the artifacts with its debug id. `releases` are
    those with artifacts, newest upload first, at most 20; `dists` those of the script's release. `named` are the artifacts of one of
    the tried names: of the script's release in any dist, then of other releases. `misses` are the names in its release that are
    nearest, best first. `artifact_count` counts those of its release. `map_names` are the names that its map was looked for under.
    `files` is what look-ups use.
    """

    files: ScriptFiles | None
    tried: tuple[str, ...]
    with_debug_id: tuple[Found, ...]
    releases: tuple[str, ...]
    dists: tuple[str, ...]
    named: tuple[Found, ...]
    misses: tuple[Miss, ...]
    artifact_count: int
    map_names: tuple[str, ...]


def scripts(project_id: int, wanted: Collection[Script]) -> dict[Script, ScriptFiles]:
    """What there is for each script; those that nothing was found for are absent. At most six queries for any number of scripts."""
    raise NotImplementedError


def facts(project_id: int, script: Script) -> ScriptFacts:
    """Everything that explains what `scripts` finds for one script."""
    raise NotImplementedError


def by_debug_ids(
    project_id: int, debug_ids: Collection[str], kinds: Collection[str]
) -> dict[str, list[Found]]:
    """The artifacts of some kinds (Artifact.Kind) with each debug id, the newest first; ids without any are absent. One query.

    For ProGuard mappings, Dart symbol maps, debug files of native code and their source bundles. `debug_ids` are normalised
    (names.debug_id); native files are found without the age as well, where an id has none.
    """
    raise NotImplementedError


def named_in_upload(project_id: int, upload_id: int, names_: Collection[str]) -> dict[str, Found]:
    """The artifacts of one upload with these names, such as the sources of a map that has no contents of its own. One query."""
    raise NotImplementedError


def mark_used(upload_ids: Iterable[int]) -> None:
    """Note that something was looked up in these uploads: once a day for each, at most one statement."""
    raise NotImplementedError
