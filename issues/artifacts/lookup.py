"""Finds the artifacts of a project that a frame can be looked up in. Every query names the project."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Max, Q, QuerySet

from issues.artifacts import names
from issues.artifacts.files import FileRef
from issues.artifacts.reading import references
from issues.models import Artifact, MapFetch, Upload
from rustrak.lib import clock
from rustrak.lib.text.name_hash import name_hash


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
    arch: str = ""
    is_fetched: bool = False
    features: tuple[str, ...] = ()


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
    `fetch` says what came of fetching the script from its site, where that is allowed. `files` is what look-ups use.
    """

    files: ScriptFiles | None
    tried: tuple[str, ...]
    with_debug_id: tuple[Found, ...]
    releases: tuple[str, ...]
    dists: tuple[str, ...]
    named: tuple[Found, ...]
    misses: tuple[names.Miss, ...]
    artifact_count: int
    map_names: tuple[str, ...]
    fetch: MapFetch | None = None


#: How many scripts are looked up at a time: each has up to six names, and a statement a bounded number of values.
BATCH = 200
_SCRIPT, _MAP = Artifact.Kind.MINIFIED_SOURCE, Artifact.Kind.SOURCE_MAP
_COLUMNS = (
    "pk",
    "upload_id",
    "kind",
    "name",
    "file__sha256",
    "file__file",
    "file__size",
    "source_map",
    "debug_id",
    "release",
    "dist",
    "arch",
    "upload__kind",
)
# Of files with the same debug id: a stripped program, its debug file, and those of other architectures.
_MOST_FILES = 10
# Of what explains a look-up.
_MOST_RELEASES, _MOST_NAMED = 20, 20


def scripts(project_id: int, wanted: Collection[Script]) -> dict[Script, ScriptFiles]:
    """What there is for each script; those that nothing was found for are absent. At most four queries for each BATCH of scripts.

    By debug id, else by release, dist and name: the event's dist before none, the most particular name first, the newest upload of
    it. A file with another debug id than the script's is of another build and does not fit.
    """
    found: dict[Script, ScriptFiles] = {}
    for some in _batches(list(wanted), BATCH):
        files = _by_id(project_id, some)
        files |= _by_name(project_id, [script for script in some if script not in files])
        found |= _with_maps(project_id, files)
    return found


def facts(project_id: int, script: Script) -> ScriptFacts:
    """Everything that explains what `scripts` finds for one script. At most ten queries."""
    files = scripts(project_id, [script]).get(script)
    tried = names.candidates(script.url)
    ready = _of(project_id)
    with_debug_id: list[Found] = []
    if script.debug_id:
        rows = ready.filter(debug_id=script.debug_id, kind__in=(_SCRIPT, _MAP)).order_by("-pk")
        with_debug_id = [_found(row) for row in rows.values_list(*_COLUMNS)[:_MOST_FILES]]
    done = Upload.objects.filter(project=project_id, state=Upload.State.OK)
    newest_releases = (
        done.exclude(release="").values("release").annotate(newest=Max("pk")).order_by("-newest")
    )
    releases = list(newest_releases.values_list("release", flat=True)[:_MOST_RELEASES])
    hashes = {name_hash(name) for name in tried}
    rows = ready.filter(release__in={script.release, *releases} - {""}, name_hash__in=hashes, kind=_SCRIPT)
    named = (
        [_found(row) for row in rows.order_by("-pk").values_list(*_COLUMNS)[:_MOST_NAMED]] if hashes else []
    )
    of_release = ready.filter(release=script.release, kind__in=(_SCRIPT, _MAP))
    misses: list[names.Miss] = []
    count = 0
    dists: list[str] = []
    if script.release:
        count = of_release.count()
        dists = sorted(
            set(
                done.filter(release=script.release).values_list("dist", flat=True).distinct()[:_MOST_RELEASES]
            )
        )
        # Of the newest uploads, the names with a part of the file's name: a release may have more than are compared.
        newest = done.filter(release=script.release).order_by("-pk").values_list("pk", flat=True)
        of_scripts = of_release.filter(kind=_SCRIPT, upload__in=list(newest[:_MOST_RELEASES]))
        near = of_scripts.filter(name__icontains=names.stem(script.url)).values_list("name", flat=True)[
            : names.MOST_COMPARED
        ]
        misses = names.nearest(script.url, dict.fromkeys(near))
    source = files.source if files else None
    return ScriptFacts(
        files=files,
        tried=tuple(tried),
        with_debug_id=tuple(with_debug_id),
        releases=tuple(releases),
        dists=tuple(dists),
        named=tuple(sorted(named, key=lambda one: one.release != script.release)),
        misses=tuple(misses),
        artifact_count=count,
        map_names=tuple(map_names_of(source)) if source else (),
        fetch=MapFetch.objects.filter(
            project=project_id, release=script.release, url_hash=name_hash(names.normalised(script.url))
        ).first(),
    )


def by_debug_ids(
    project_id: int, debug_ids: Collection[str], kinds: Collection[str]
) -> dict[str, list[Found]]:
    """The artifacts of some kinds (Artifact.Kind) with each debug id (names.debug_id), at most ten: those with debug information first,
    then the newest. Ids without any are absent. One query.

    For ProGuard mappings, Dart symbol maps, debug files of native code and their source bundles.
    """
    if not debug_ids:
        return {}
    rows = _of(project_id).filter(debug_id__in=debug_ids, kind__in=kinds)
    newest = rows.values("debug_id", "kind", "file").annotate(newest=Max("pk")).values("newest")
    found: dict[str, list[Found]] = {}
    for *row, details in _with_keys(newest).order_by("-pk").values_list(*_COLUMNS, "details"):
        features = details.get("features", ()) if isinstance(details, dict) else ()
        one = _found(row, tuple(features))
        found.setdefault(one.debug_id, []).append(one)
    return {
        debug_id: sorted(files, key=lambda one: "debug" not in one.features)[:_MOST_FILES]
        for debug_id, files in found.items()
    }


def named_in_upload(project_id: int, upload_id: int, wanted: Collection[str]) -> dict[str, Found]:
    """The artifacts of one upload with these names, such as the sources of a map that has no contents of its own. One query."""
    release = Upload.objects.filter(project=project_id, pk=upload_id).values("release")
    rows = _of(project_id).filter(
        upload=upload_id, release__in=release, name_hash__in={name_hash(name) for name in wanted}
    )
    found = map(_found, rows.order_by("pk").values_list(*_COLUMNS))
    return {one.name: one for one in found if one.name in wanted}


def mark_used(upload_ids: Iterable[int]) -> None:
    """Note that something was looked up in these uploads: once a day for each. One statement."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    is_older = Q(last_used_at=None) | Q(last_used_at__lt=today)
    Upload.objects.filter(is_older, pk__in=list(upload_ids)).update(last_used_at=today)


def _by_id(project_id: int, wanted: Sequence[Script]) -> dict[Script, ScriptFiles]:
    debug_ids = {script.debug_id for script in wanted if script.debug_id}
    if not debug_ids:
        return {}
    rows = _of(project_id).filter(debug_id__in=debug_ids, kind__in=(_SCRIPT, _MAP))
    newest = rows.values("debug_id", "kind").annotate(newest=Max("pk")).values("newest")
    found = {(one.debug_id, one.kind): one for one in map(_found, _with_keys(newest).values_list(*_COLUMNS))}
    return {
        script: ScriptFiles("debug_id", source, map_)
        for script in wanted
        for source, map_ in [(found.get((script.debug_id, _SCRIPT)), found.get((script.debug_id, _MAP)))]
        if source or map_
    }


def _by_name(project_id: int, wanted: Sequence[Script]) -> dict[Script, ScriptFiles]:
    """By release, dist and name. Without a release only what was fetched from the site itself is the script that the event means."""
    with_release = [script for script in wanted if script.release]
    others = [script for script in wanted if not script.release]
    is_fetched = Q(release="", upload__kind=Upload.Kind.FETCHED)
    return _named(project_id, with_release, ~Q(release="")) | _named(project_id, others, is_fetched)


def _named(project_id: int, wanted: Sequence[Script], of: Q) -> dict[Script, ScriptFiles]:
    """Among some artifacts. A map is found without its script, too, where it is named like it."""
    tried = {script: names.candidates(script.url) for script in wanted}
    hashes = {name_hash(name) for all_ in tried.values() for one in all_ for name in (one, _beside(one))}
    if not hashes:
        return {}
    releases = {script.release for script in tried}
    rows = _of(project_id).filter(of, release__in=releases, name_hash__in=hashes, kind__in=(_SCRIPT, _MAP))
    newest = rows.values("release", "dist", "name_hash", "kind").annotate(newest=Max("pk")).values("newest")
    found = {
        (one.release, one.dist, one.kind, one.name): one
        for one in map(_found, _with_keys(newest).values_list(*_COLUMNS))
    }

    def best(script: Script, kind: str, all_: Sequence[str]) -> Found | None:
        for dist in dict.fromkeys((script.dist, "")):
            for name in all_:
                one = found.get((script.release, dist, kind, name))
                if one is not None and one.debug_id in ("", script.debug_id or one.debug_id):
                    return one
        return None

    files = {}
    for script, all_ in tried.items():
        if source := best(script, _SCRIPT, all_):
            files[script] = ScriptFiles("fetched" if source.is_fetched else "release", source, None)
        elif map_ := best(script, _MAP, [_beside(name) for name in all_]):
            files[script] = ScriptFiles("release", None, map_)
    return files


def _with_maps(project_id: int, files: dict[Script, ScriptFiles]) -> dict[Script, ScriptFiles]:
    """With the maps that scripts refer to: of the same upload, else the newest of the same release and dist."""
    without = {one.source for one in files.values() if one.source and not one.map}
    tried = {source: map_names_of(source) for source in without}
    hashes = {name_hash(name) for all_ in tried.values() for name in all_}
    if not hashes:
        return files
    rows = _of(project_id).filter(
        release__in={source.release for source in tried}, name_hash__in=hashes, kind=_MAP
    )
    newest = rows.values("release", "dist", "name_hash").annotate(newest=Max("pk")).values("newest")
    uploads = {source.upload_id for source in tried}
    maps = [
        _found(row)
        for row in rows.filter(Q(pk__in=newest) | Q(upload__in=uploads)).order_by("pk").values_list(*_COLUMNS)
    ]
    in_upload = {(one.upload_id, one.name): one for one in maps}
    in_release = {(one.release, one.dist, one.name): one for one in maps}

    def map_of(source: Found) -> Found | None:
        for name in tried[source]:
            one = in_upload.get((source.upload_id, name))
            if one is None and source.release:
                one = in_release.get((source.release, source.dist, name))
            if one is not None and (not one.debug_id or one.debug_id == (source.debug_id or one.debug_id)):
                return one
        return None

    return {
        script: ScriptFiles(one.how, one.source, map_of(one.source)) if one.source and not one.map else one
        for script, one in files.items()
    }


def map_names_of(source: Found) -> list[str]:
    """The names that the map of a script may have, the most likely first."""
    if source.source_map == references.INLINE:
        return [names.inline_map(source.name)]
    return names.map_names(source.name, source.source_map)


def _of(project_id: int) -> QuerySet[Artifact]:
    """The artifacts of the project. They are stored in the transaction that makes their upload ok, so all can be used."""
    return Artifact.objects.filter(project=project_id)


def _with_keys(newest: QuerySet[Artifact, Any]) -> QuerySet[Artifact]:
    """The artifacts that a query found the keys of. That one names the project: here SQLite would read all of the project for it."""
    return Artifact.objects.filter(pk__in=newest)


def _found(row: Sequence[Any], features: tuple[str, ...] = ()) -> Found:
    pk, upload_id, kind, name, sha256, key, size, source_map, debug_id, release, dist, arch, of = row
    file, is_fetched = FileRef(sha256, key, size), of == Upload.Kind.FETCHED
    return Found(
        pk, upload_id, kind, name, file, source_map, debug_id, release, dist, arch, is_fetched, features
    )


def _beside(name: str) -> str:
    """The name of the map that stands beside a script of this name."""
    return names.map_names(name, "")[0]


def _batches(values: list[Script], size: int) -> Iterator[list[Script]]:
    return (values[start : start + size] for start in range(0, len(values), size))
