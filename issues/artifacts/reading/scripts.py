"""Scripts, source maps and sources, as bundles and single uploads have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

from issues.artifacts import names, storage
from issues.artifacts.content import Content
from issues.artifacts.reading import references
from issues.models import Artifact

#: So much of a file that is unpacked is in memory; what is more is on disk.
IN_MEMORY = 1024 * 1024
_SCRIPTS = (".js", ".mjs", ".cjs", ".jsbundle", ".bundle", ".hbc")
# How the headers of a script name its map, in lower case.
_MAP_HEADERS = ("sourcemap", "x-sourcemap")


def contents(file: IO[bytes], name: str, kind: str, headers: Mapping[str, str]) -> Iterator[Content]:
    """A script, map or source, and after it the map inside it, if it has one. `headers` have names in lower case."""
    size = file.seek(0, 2)
    sent_name, name = name, names.normalised(name)
    details: dict[str, Any] = {"headers": dict(headers)} if headers else {}
    if sent_name != name:
        details["sent_name"] = sent_name[: names.LONGEST_NAME].replace("\0", "\ufffd")
    debug_id = names.debug_id(headers.get("debug-id", ""))
    source_map, reference = "", None
    if kind == Artifact.Kind.MINIFIED_SOURCE:
        reference = references.of_script(file)
        debug_id = debug_id or references.debug_id_of_script(file, reference)
        source_map = _map_header(headers) or (reference.url if reference else "")
        if source_map != references.INLINE:
            reference = None
    elif kind == Artifact.Kind.SOURCE_MAP:
        debug_id = debug_id or references.debug_id_of_map(file)
    file.seek(0)
    yield Content(
        kind=kind,
        name=name,
        file=file,
        size=size,
        debug_id=debug_id,
        source_map=source_map[: references.LONGEST_REFERENCE],
        details=details,
    )
    if reference is not None:
        with storage.scratch(IN_MEMORY) as into:
            if references.write_inline(file, reference, into):
                size = into.seek(0, 2)
                into.seek(0)
                yield Content(
                    kind=Artifact.Kind.SOURCE_MAP,
                    name=names.inline_map(name),
                    file=into,
                    size=size,
                    debug_id=debug_id,
                )


def kind_of(name: str, file: IO[bytes]) -> str:
    """What a file is whose kind nobody said: by the ending of its name, and of a map by its beginning."""
    path = names.parsed(name).path.lower()
    if path.endswith(_SCRIPTS):
        return Artifact.Kind.MINIFIED_SOURCE
    file.seek(0)
    beginning = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    if path.endswith(".map") or (beginning[:1] == b"{" and b'"mappings"' in beginning):
        return Artifact.Kind.SOURCE_MAP
    return Artifact.Kind.OTHER


def _map_header(headers: Mapping[str, str]) -> str:
    """The map that the headers of a script name; a `data:` URL does not fit into a header, so the script itself says it."""
    for header in _MAP_HEADERS:
        if (value := headers.get(header, "").strip()) and value[:5].lower() != "data:":
            return value
    return ""
