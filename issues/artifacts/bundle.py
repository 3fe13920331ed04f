"""Reads an artifact bundle: a zip file with a manifest. Bounded; nothing in it is trusted.

Bundles of sentry-cli and of the build plugins begin with `SYSB`; what older clients send to a release does, too, or is a plain zip
file. Source: docs/source-maps.md, "What a bundle is".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO, Any, cast

import orjson

from issues.artifacts import storage
from issues.artifacts.content import BadUpload, Content
from issues.artifacts.reading import references, scripts, zip_files
from issues.models import Artifact

_MANIFEST = "manifest.json"
_MOST_MANIFEST_BYTES = 8 * 1024 * 1024
# Objects, arrays and their values, for one file of a bundle: a small text can hold many of them, and each takes memory.
_MOST_VALUES = 32 * zip_files.MOST_ENTRIES
_MOST_HEADERS = 20
# Where clients put the file of a URL that begins with `~/`.
_PLACE = re.compile(r"(?:files/)?_/_/")
_KINDS = {
    "source": Artifact.Kind.SOURCE,
    "minified_source": Artifact.Kind.MINIFIED_SOURCE,
    "source_map": Artifact.Kind.SOURCE_MAP,
    # Of React Native's older builds; nothing is looked up in it.
    "indexed_ram_bundle": Artifact.Kind.OTHER,
}


def unpack(file: IO[bytes], release: str = "", dist: str = "") -> Iterator[Content]:
    """The files of a bundle, in the order of its manifest. `file` is seekable.

    `release` and `dist` are what the client said when it uploaded; the manifest's are used where they are empty. Memory does not
    grow with the size of the files. Raises BadUpload, at the first file or a later one: then none of them may be used.
    """
    with zip_files.opened(file, "The bundle") as files:
        manifest = _manifest(files)
        entries = manifest["files"]
        _check_all_there(files, entries)
        release = release or _text(manifest.get("release"), 200)
        dist = dist or _text(manifest.get("dist"), 64)
        for path, entry in entries.items():
            with storage.scratch(scripts.IN_MEMORY) as into:
                files.copy(path, into)
                name = _text(entry.get("url"), 8192) or _PLACE.sub("~/", path)
                kind = _KINDS.get(str(entry.get("type"))) or scripts.kind_of(name, into)
                for each in scripts.contents(into, name, kind, _headers(entry.get("headers"))):
                    yield replace(each, release=release, dist=dist)


def _manifest(files: zip_files.ZipFiles) -> dict[str, Any]:
    if _MANIFEST not in files:
        raise BadUpload("The bundle has no manifest.json, which says what its files are.")
    text = files.read(_MANIFEST, _MOST_MANIFEST_BYTES)
    if sum(text.count(mark) for mark in (b"{", b"[", b",")) > _MOST_VALUES:
        raise BadUpload("The manifest of the bundle has too many values.")
    try:
        manifest = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadUpload(f"The manifest of the bundle is not JSON: {str(error)[:200]}.") from error
    entries = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise BadUpload(
            'The manifest of the bundle has no member "files" with an object for each of its files.'
        )
    return cast("dict[str, Any]", manifest)


def _check_all_there(files: zip_files.ZipFiles, entries: Mapping[str, Any]) -> None:
    missing = [path for path in entries if path not in files]
    if missing:
        raise BadUpload(
            f"The manifest of the bundle names “{missing[0][:200]}”, which is not in the bundle"
            + (f", and {len(missing) - 1} more." if missing[1:] else ".")
        )


def _headers(value: object) -> dict[str, str]:
    """The headers of a file with names in lower case. Those that cannot be meant are left out: a manifest may say anything."""
    if not isinstance(value, dict):
        return {}
    return {
        name.lower(): _text(text, references.LONGEST_REFERENCE)
        for name, text in list(value.items())[:_MOST_HEADERS]
        if isinstance(text, str) and len(name) <= 100
    }


def _text(value: object, most: int) -> str:
    return value.replace("\0", "\ufffd").strip()[:most] if isinstance(value, str) else ""
