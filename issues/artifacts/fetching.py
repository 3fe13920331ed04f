"""Fetches scripts and their maps from a site whose origin a project's admin has allowed. Off while no origin is.

The mapping asks for scripts that nothing was uploaded for; `deliver` fetches them. What was not found is not asked for again for a
day. See docs/decisions/0048-contents-of-uploads.md.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import IO
from urllib.parse import urljoin

from django.conf import settings

from issues.artifacts import names, storage
from issues.artifacts.assembly import direct
from issues.artifacts.assembly.asking import Wanted
from issues.artifacts.content import BadUpload, Content
from issues.artifacts.reading import references, scripts
from issues.models import Artifact, MapFetch, MapOrigin, Upload
from rustrak.lib import clock, wording
from rustrak.lib.disk.marker import Marker
from rustrak.lib.text.name_hash import name_hash
from rustrak.lib.text.visible_text import REPLACED
from rustrak.outbound import client
from rustrak.outbound.messages import Refused, Request, Response, Unreachable
from rustrak.outbound.target import parse

log = logging.getLogger(__name__)

#: For how long it is remembered that there is no map, and what was fetched for events without a release.
REMEMBERED = timedelta(days=1)
#: Scripts that a project may ask for in a day: events may name any of an allowed origin.
MOST_IN_A_DAY = 200
MOST_SCRIPT_BYTES, MOST_MAP_BYTES = 16 * 1024 * 1024, 64 * 1024 * 1024
# Of one script with its map, and of one run, in seconds.
_SECONDS, _RUN_SECONDS, _MOST_IN_A_RUN = 20.0, 60.0, 100
_MOST_REDIRECTS = 3
_KEPT = timedelta(days=30)
_BEGUN = "It was begun and did not end: the server was stopped."
_CLIENT = "Rustrak"
_MARKER = Marker("maps.wanted")


class _NoMap(Exception):
    """Why there is no map, as a sentence."""


def origin_of(url: str) -> str:
    """The origin of an http or https URL as MapOrigin has it; empty for any other text."""
    try:
        return parse(url).shown
    except Refused:
        return ""


def ask(project_id: int, wanted: Iterable[tuple[str, str]]) -> None:
    """Have scripts fetched, (release, URL) each, that nothing was uploaded for. One query for a project that allows no origin, four for
    any number of scripts otherwise."""
    allowed = set(MapOrigin.objects.filter(project=project_id).values_list("origin", flat=True))
    if not allowed:
        return
    now = clock.now()
    asked = {
        (release, _hash(url)): url
        for release, url in wanted
        if len(url) <= 1000 and origin_of(url) in allowed and names.candidates(url)
    }
    if not asked:
        return
    fetches = MapFetch.objects.filter(project=project_id)
    known = {
        (fetch.release, fetch.url_hash): fetch
        for fetch in fetches.filter(
            release__in={release for release, _ in asked}, url_hash__in={key for _, key in asked}
        )
    }
    again = [
        fetch.pk
        for key, fetch in known.items()
        if key in asked
        and fetch.ended_at
        and fetch.ended_at < now - REMEMBERED
        and (fetch.detail or not fetch.release)
    ]
    most = left(project_id, now)
    new = [key for key in asked if key not in known]
    if most < len(again) + len(new):
        log.warning(
            "project %d has asked for %d scripts within a day: further ones are not fetched",
            project_id,
            MOST_IN_A_DAY,
        )
    again = again[: max(0, most)]
    new = new[: max(0, most - len(again))]
    if again:
        fetches.filter(pk__in=again).update(ended_at=None, asked_at=now, detail="")
    if new:
        rows = [
            MapFetch(project_id=project_id, release=key[0], url_hash=key[1], url=asked[key], asked_at=now)
            for key in new
        ]
        MapFetch.objects.bulk_create(rows, ignore_conflicts=True)
    if again or new:
        _MARKER.touch_on_commit(settings.RUN_DIR)


def left(project_id: int, now: datetime) -> int:
    """How many further scripts may be asked for at this time. One query."""
    asked = MapFetch.objects.filter(project=project_id, asked_at__gt=now - timedelta(days=1))
    return MOST_IN_A_DAY - asked.count()


def is_waiting() -> bool:
    """Whether a script was asked for on this machine since this process asked last."""
    return _MARKER.is_touched(settings.RUN_DIR)


def run(seconds: float = _RUN_SECONDS) -> int:
    """Fetch what waits, for about so many seconds. Returns how many scripts were tried. Several machines share the work."""
    ends, done = time.monotonic() + seconds, 0
    MapFetch.objects.filter(ended_at__lt=clock.now() - _KEPT).delete()
    waiting = MapFetch.objects.filter(ended_at=None, project__deleting_at=None).order_by("asked_at", "pk")
    for fetch in waiting.select_related("project")[:_MOST_IN_A_RUN]:
        if time.monotonic() > ends:
            break
        # Whoever marks it as begun does it; nobody does it twice, also if this process dies.
        if not MapFetch.objects.filter(pk=fetch.pk, ended_at=None).update(
            ended_at=clock.now(), detail=_BEGUN
        ):
            continue
        detail = _fetched(fetch)
        MapFetch.objects.filter(pk=fetch.pk).update(ended_at=clock.now(), detail=detail[:500])
        done += 1
    return done


def _fetched(fetch: MapFetch) -> str:
    """Fetch a script and its map and store them. Returns why there is no map; empty where there is one."""
    allowed = set(MapOrigin.objects.filter(project=fetch.project_id).values_list("origin", flat=True))
    try:
        with ExitStack() as open_files:
            found = _download(fetch.url, allowed, open_files)
            _store(fetch, found)
    except _NoMap as error:
        return str(error)
    except (BadUpload, Refused, Unreachable, storage.StorageUnavailable) as error:
        return str(error)
    except direct.Busy:
        return "It is being fetched already."
    return ""


@dataclass(frozen=True, slots=True)
class _Site:
    """What the site gave. `reference` is what the script says of its map; `map` is None where the map is inside the script."""

    script: IO[bytes]
    reference: str
    map: IO[bytes] | None
    map_name: str


def _download(url: str, allowed: set[str], open_files: ExitStack) -> _Site:
    ends = time.monotonic() + _SECONDS
    script, answer, url = _get(url, allowed, MOST_SCRIPT_BYTES, ends, open_files)
    if _first(script) == b"<":
        raise _NoMap("The address answers with a web page, not with a script.")
    said = references.of_script(script)
    header = answer.headers.get("sourcemap") or answer.headers.get("x-sourcemap") or ""
    reference = header.strip()[: references.LONGEST_REFERENCE] or (said.url if said else "")
    if reference == references.INLINE:
        return _Site(script, reference, None, "")
    map_url = urljoin(url, reference) if reference else f"{url.partition('?')[0]}.map"
    try:
        map_, _, map_url = _get(map_url, allowed, MOST_MAP_BYTES, ends, open_files)
    except _NoMap as error:
        hint = "" if reference else " The script refers to none."
        raise _NoMap(f"No source map: {error}{hint}") from None
    if _first(map_) not in (b"{", b")"):
        raise _NoMap(f"No source map: what is at {_shown(map_url)} is not JSON.")
    return _Site(script, reference, map_, map_url)


def _get(
    url: str, allowed: set[str], most: int, ends: float, open_files: ExitStack
) -> tuple[IO[bytes], Response, str]:
    """The file at a URL, the answer, and the URL where it was, after redirects within the allowed origins."""
    for _ in range(_MOST_REDIRECTS + 1):
        if origin_of(url) not in allowed:
            raise _NoMap(
                f"{_shown(origin_of(url) or url)} is not one of the origins that may be fetched from."
            )
        into = open_files.enter_context(storage.scratch(scripts.IN_MEMORY))
        seconds = min(10.0, ends - time.monotonic())
        if seconds <= 0:
            raise _NoMap(f"It took longer than {_SECONDS:.0f} seconds.")
        answer = client.download(Request("GET", url, {"Accept": "*/*"}), into, most, seconds)
        if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("location"):
            url = urljoin(url, answer.headers["location"])
            continue
        if answer.status != 200:
            raise _NoMap(f"{_shown(url)} answered {answer.status}.")
        return into, answer, url
    raise _NoMap(f"{_shown(url)}: more than {wording.counted(_MOST_REDIRECTS, 'redirect')}.")


def _store(fetch: MapFetch, site: _Site) -> None:
    name = names.normalised(fetch.url)
    checksum = hashlib.sha1(usedforsecurity=False)
    size = 0
    for file in (site.script, site.map):
        if file is not None:
            file.seek(0)
            while block := file.read(64 * 1024):
                checksum.update(block)
                size += len(block)

    def contents() -> Iterator[Content]:
        has_map = False
        for each in _contents(site, name):
            has_map = has_map or each.kind == Artifact.Kind.SOURCE_MAP
            yield replace(each, release=fetch.release)
        if not has_map:
            raise BadUpload("The map inside the script cannot be read.")

    wanted = Wanted(
        kind=Upload.Kind.FETCHED,
        checksum=checksum.hexdigest(),
        chunks=(),
        name=name,
        release=fetch.release,
        client=_CLIENT,
    )
    older = Upload.objects.filter(
        project=fetch.project,
        kind=Upload.Kind.FETCHED,
        release=fetch.release,
        name_hash=name_hash(name),
        name=name,
    )
    direct.store(None, fetch.project, wanted, contents, size, lambda: list(older))


def _contents(site: _Site, name: str) -> Iterator[Content]:
    headers = {"sourcemap": site.map_name} if site.map_name else {}
    yield from scripts.contents(site.script, name, Artifact.Kind.MINIFIED_SOURCE, headers)
    if site.map is not None:
        yield from scripts.contents(site.map, site.map_name, Artifact.Kind.SOURCE_MAP, {})


def _first(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]


def _shown(url: str) -> str:
    """A URL in a sentence, without what may be secret."""
    return url.partition("?")[0][:200].replace("\0", REPLACED)


def _hash(url: str) -> int:
    return name_hash(names.normalised(url))
