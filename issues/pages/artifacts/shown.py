"""The two forms of an event on its page: readable, with frames looked up in what was uploaded, and as it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from accounts.models import Project
from issues.mapping import events
from issues.mapping.events import Mapped
from issues.mapping.steps import Origin
from issues.models import Event, Upload
from issues.pages.artifacts.words import of_release
from issues.render.stack.origin import KEY, FrameOrigin, place
from issues.render.values import visible
from rustrak.lib import wording

#: The value of `source` in the query string that shows an event as it was sent.
AS_SENT = "sent"
# Releases that the page names.
_MOST_RELEASES = 3
# Of the setup page, by the platform of the event; it begins with one for JavaScript.
_TOOLS = {
    "java": "?tool=android",
    "native": "?tool=native",
    "cocoa": "?tool=native",
    "dart": "?tool=flutter",
    "other": "?tool=native",
}
# What separates the keys of a path: a dot that is not escaped.
_DOT = re.compile(r"(?<!\\)((?:\\\\)*)\.")


@dataclass(frozen=True, slots=True)
class Shown:
    """`payload` is shown, with `annotated` for the view of its stack traces. `is_mapped`: it is the readable form. `has_mapped`: there is one.

    `readable` is the readable form whichever is shown, and `payload` if there is none.
    `words` says how many frames are mapped and with what, empty where nothing can be mapped; `why` leads to the page that explains it; `tool` is
    the query string of the setup page that shows the tool for the event's platform. `late` says why some frames could not be looked up now.
    """

    payload: dict[str, Any]
    annotated: dict[str, Any]
    readable: dict[str, Any]
    is_mapped: bool
    has_mapped: bool
    words: str = ""
    why: str = ""
    late: str = ""
    tool: str = ""


def shown(project: Project, event: Event, payload: dict[str, Any], asked: QueryDict) -> Shown:
    """What the page shows of `event` with this payload: `?source=sent` of `asked` wants the event as it was sent. At most one query
    of its own; those of the look-up belong to issues.mapping."""
    found = events.mapped(project.pk, project.artifacts_version, payload, origins=True)
    if found is None or not any(map(_is_told, found.origins.values())):
        readable = payload if found is None else found.payload
        return Shown(payload, payload, readable, is_mapped=False, has_mapped=False)
    why = reverse("event_mapping", args=[project.slug, event.issue_id, event.pk])
    is_mapped = bool(found.count) and asked.get("source") != AS_SENT
    return Shown(
        payload=found.payload if is_mapped else payload,
        annotated=annotated(found, why) if is_mapped or not found.count else payload,
        readable=found.payload,
        is_mapped=is_mapped,
        has_mapped=bool(found.count),
        words=words(found),
        why=why,
        late=visible(found.late),
        tool=_TOOLS.get(event.platform, ""),
    )


def _is_told(one: Origin) -> bool:
    """Whether the page says of a frame that it is mapped, or asks why not: a frame that came with its source needs no map."""
    return bool(one.is_mapped) or (one.is_mapped is False and not one.sent.get("context_line"))


def words(found: Mapped) -> str:
    """How many frames are mapped, and with the uploads of which releases."""
    many = found.of != 1
    if not found.count:
        return f"None of {wording.number(found.of)} frames is mapped." if many else "Its frame is not mapped."
    text = (
        f"{wording.number(found.count)} of {wording.number(found.of)} frames {'is' if found.count == 1 else 'are'} mapped"
        if many
        else "Its frame is mapped"
    )
    releases = releases_of(found.uploads)
    return f"{text} with the uploads of {releases}." if releases else f"{text}."


# What an upload is for never changes: of the same uploads every event of a release has, it is asked once.
@lru_cache(maxsize=500)
def releases_of(uploads: frozenset[int]) -> str:
    """The releases of these uploads in words; empty where they belong to none. At most one query."""
    if not uploads:
        return ""
    rows = Upload.objects.filter(pk__in=uploads).exclude(release="").order_by("release", "dist")
    names = [of_release(*row) for row in rows.values_list("release", "dist").distinct()[: _MOST_RELEASES + 1]]
    if len(names) > _MOST_RELEASES:
        names[_MOST_RELEASES:] = ["others"]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def annotated(found: Mapped, why: str) -> dict[str, Any]:
    """The readable form with what is known of each frame's origin in the frame (issues.render.stack.origin). Only what is changed is copied.

    `why` is the address of the page that explains the mapping.
    """
    root: dict[str, Any] = dict(found.payload)
    copies: dict[tuple[Any, ...], Any] = {(): root}
    for path, one in found.origins.items():
        if not _is_told(one):
            continue
        *to_frame, index = _parts(path)
        parent = _copied(root, to_frame, copies)
        frame = parent[index] if _has(parent, index) else None
        if isinstance(frame, dict):
            parent[index] = {**frame, KEY: _origin(one, why)}
    return root


def _origin(one: Origin, why: str) -> FrameOrigin:
    link = f"{why}?{urlencode({'frame': one.path})}#asked"
    return FrameOrigin(bool(one.is_mapped), place(one.sent), visible(one.artifact), link)


def _parts(path: str) -> Iterator[str | int]:
    """The keys and indexes of a path (issues.payload.notes.path) such as `exception.values.0.stacktrace.frames.3`."""
    for part in _DOT.sub(r"\1\0", path).split("\0"):
        yield (
            int(part)
            if part.isdecimal() and len(part) < 10
            else part.replace("\\.", ".").replace("\\\\", "\\")
        )


def at(payload: dict[str, Any], path: str) -> Any:
    """What is at a path in a payload; None where nothing is."""
    found: Any = payload
    for part in _parts(path):
        if not _has(found, part):
            return None
        found = found[part]
    return found


def _has(parent: Any, part: str | int) -> bool:
    if isinstance(parent, list):
        return isinstance(part, int) and part < len(parent)
    return isinstance(parent, dict) and part in parent


def _copied(root: dict[str, Any], parts: list[str | int], copies: dict[tuple[Any, ...], Any]) -> Any:
    """What is at `parts`, with a copy of every list and object on the way in place of the shared one; None where nothing is."""
    parent: Any = root
    for depth, part in enumerate(parts, start=1):
        if not _has(parent, part):
            return None
        known = copies.get(key := tuple(parts[:depth]))
        if known is None:
            child = parent[part]
            known = (
                dict(child) if isinstance(child, dict) else list(child) if isinstance(child, list) else None
            )
            if known is None:
                return None
            copies[key] = parent[part] = known
        parent = known
    return parent
