"""Scripts, source maps and bundles as clients make them, and artifacts as they are stored, for tests of what reads them."""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from accounts.models import Project
from issues.artifacts.files import Storing
from issues.models import Artifact, Upload
from rustrak.lib import clock
from rustrak.lib.text.name_hash import name_hash

DEBUG_ID = "3384c6a0-2b8e-52a8-969f-ea4ecab83fe3"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

#: (line in the script, column in it, source or None, line in the source, column in it, name or None), all from 0.
Segment = tuple[int, int, int | None, int, int, int | None]


def mappings(segments: Iterable[Segment]) -> str:
    """The member `mappings` of a source map. The segments are in the order of the script."""
    text: list[str] = []
    line, last_column, last = 0, 0, [0, 0, 0, 0]
    first = True
    for to_line, column, source, from_line, from_column, name in segments:
        while line < to_line:
            text.append(";")
            line, last_column, first = line + 1, 0, True
        if not first:
            text.append(",")
        first = False
        text.append(_vlq(column - last_column))
        last_column = column
        if source is None:
            continue
        for index, value in enumerate((source, from_line, from_column)):
            text.append(_vlq(value - last[index]))
            last[index] = value
        if name is not None:
            text.append(_vlq(name - last[3]))
            last[3] = name
    return "".join(text)


def _vlq(value: int) -> str:
    value = -value << 1 | 1 if value < 0 else value << 1
    digits = ""
    while True:
        digit, value = value & 31, value >> 5
        digits += _BASE64[digit | 32 if value else digit]
        if not value:
            return digits


@dataclass(frozen=True)
class Built:
    """A minified script and its map. `positions` has (line, column), from 1, of the `throw` in each source's function."""

    script: bytes
    map: bytes
    positions: Mapping[str, tuple[int, int]]


def build(sources: Sequence[str] = ("src/cart.ts",), *, debug_id: str = "", **members: Any) -> Built:
    """A script of one line with a function for each source, and its map. The function of `src/cart.ts` is `cart`; it throws in line 3
    of its source. `members` are added to the map, or replace others; those that are None are left out."""
    script, segments, texts, positions, symbols = "", [], [], {}, []
    for index, source in enumerate(sources):
        symbol = source.rpartition("/")[2].partition(".")[0]
        texts.append(
            f"// {source}\nexport function {symbol}(items) {{\n  throw new Error('{symbol} ' + items)\n}}\n"
        )
        symbols.append(symbol)
        start = len(script)
        body = f"function f{index}(t){{throw new Error('{symbol} '+t)}}"
        thrown = start + body.index("throw")
        segments += [
            (0, start, index, 1, 7, None),
            (0, start + 9, index, 1, 16, index),
            (0, thrown, index, 2, 2, None),
            (0, start + body.index("new"), index, 2, 8, None),
            (0, start + len(body) - 1, index, 3, 0, None),
        ]
        positions[source] = (1, thrown + 1)
        script += body
    content: dict[str, Any] = {
        "version": 3,
        "file": "app.js",
        "sources": list(sources),
        "sourcesContent": texts,
        "names": symbols,
        "mappings": mappings(segments),
    }
    if debug_id:
        content["debugId"] = debug_id
    content |= members
    end = "\n//# sourceMappingURL=app.js.map" + (f"\n//# debugId={debug_id}" if debug_id else "")
    data = json.dumps({name: value for name, value in content.items() if value is not None}).encode()
    return Built((script + end + "\n").encode(), data, positions)


def inline(map_: bytes) -> bytes:
    """A script with its map inside."""
    return (
        b"f()\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,"
        + base64.b64encode(map_)
        + b"\n"
    )


def large_map(size: int, seed: int = 1) -> bytes:
    """A map of about `size` bytes as bundlers make of many sources: a third of it are positions, the rest is text of sources."""
    rng = random.Random(seed)
    count = max(1, size // 35_000)
    words = [f"value{number}" for number in range(500)]
    texts = [
        "\n".join(f"  const {rng.choice(words)} = {rng.choice(words)} + {number};" for number in range(600))
        for _ in range(count)
    ]
    segments: list[Segment] = []
    column = 0
    for source in range(count):
        for line in range(600):
            for step in (2, 8, 16):
                segments.append((source, column, source, line, step, line % 500 if step == 8 else None))
                column += rng.randrange(3, 20)
        column = 0
    content = {
        "version": 3,
        "sources": [f"webpack://shop/./src/module{number}.ts" for number in range(count)],
        "sourcesContent": texts,
        "names": words,
        "mappings": mappings(segments),
    }
    return json.dumps(content, separators=(",", ":")).encode()


@dataclass(frozen=True)
class BundleFile:
    """A file of a bundle. `path` is its place in the zip file, by default where sentry-cli puts it."""

    url: str
    content: bytes
    type: str = "minified_source"
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""

    @property
    def place(self) -> str:
        return self.path or "files/_/" + self.url.replace("~", "_").replace("://", "/")


def script_and_map(url: str, built: Built, debug_id: str = "") -> list[BundleFile]:
    """The two files of a build, as sentry-cli uploads them."""
    headers = {"debug-id": debug_id} if debug_id else {}
    name = url.rpartition("/")[2]
    return [
        BundleFile(url, built.script, "minified_source", headers | {"sourcemap": f"{name}.map"}),
        BundleFile(f"{url}.map", built.map, "source_map", headers),
    ]


def bundle(
    files: Iterable[BundleFile],
    *,
    prefix: bytes = b"SYSB\x02\x00\x00\x00",
    compression: int = zipfile.ZIP_DEFLATED,
    manifest: object = None,
    **members: Any,
) -> bytes:
    """An artifact bundle. `manifest` replaces the manifest (False: there is none), `members` are added to it (`release` …)."""
    files = list(files)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for each in files:
            archive.writestr(zipfile.ZipInfo(each.place), each.content, compression)
        if manifest is None:
            entries = {
                each.place: {"type": each.type, "url": each.url, "headers": dict(each.headers)}
                for each in files
            }
            manifest = {"files": entries, "org": "o", "project": "p", **members}
        if manifest is not False:
            text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
            archive.writestr(zipfile.ZipInfo("manifest.json"), text, compression)
    return prefix + made.getvalue()


def upload(project: Project, **fields: Any) -> Upload:
    """An upload that is done. `fields` replace columns."""
    number = Upload.objects.filter(project=project).count()
    values = {
        "kind": Upload.Kind.BUNDLE,
        "state": Upload.State.OK,
        "checksum": f"{number:040x}",
        "finished_at": clock.now(),
    }
    made = Upload.objects.create(project=project, **values | fields)
    Project.objects.filter(pk=project.pk).update(artifacts_version=F("artifacts_version") + 1)
    project.refresh_from_db(fields=["artifacts_version"])
    return made


def artifact(
    of: Upload, name: str, content: bytes = b"", kind: str = Artifact.Kind.MINIFIED_SOURCE, **fields: Any
) -> Artifact:
    """A stored file of an upload, of the upload's release and dist. `fields` replace columns."""
    with Storing(of.project_id) as storing:
        hashes = storing.add(io.BytesIO(content))
        storing.flush()
    values = {
        "release": of.release,
        "dist": of.dist,
        "name": name,
        "name_hash": name_hash(name),
        "kind": kind,
    }
    return Artifact.objects.create(
        project_id=of.project_id, upload=of, file_id=storing.ids[hashes.sha256], **values | fields
    )


def stored_build(
    project: Project,
    built: Built,
    url: str = "~/app.js",
    *,
    release: str = "",
    dist: str = "",
    debug_id: str = "",
) -> Upload:
    """A script and its map as a bundle has them."""
    of = upload(project, release=release, dist=dist)
    artifact(of, url, built.script, source_map=f"{url.rpartition('/')[2]}.map", debug_id=debug_id)
    artifact(of, f"{url}.map", built.map, Artifact.Kind.SOURCE_MAP, debug_id=debug_id)
    return of
