"""Debug files: what an upload is, and the artifacts in it. The first bytes decide, not the name.

Objects of native code are read by the child (issues.symbols): their formats are many, and strangers make the files.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from issues.artifacts import names, storage
from issues.artifacts.content import BadUpload, Content
from issues.artifacts.reading import zip_files
from issues.models import Artifact
from issues.symbols import client
from issues.symbols.answers import Unreadable

_IN_MEMORY = 1024 * 1024
_BLOCK = 64 * 1024
# What is read of a file to tell what it is.
_BEGINNING = 64 * 1024
_MOST_MANIFEST_BYTES = 8 * 1024 * 1024
_NATIVE = (
    b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf", b"MZ", b"Microsoft C/C++ MSF 7.00", b"BSJB", b"\0asm", b"MODULE ",
)  # fmt: skip
_KNOWN = (
    "ProGuard and R8 mappings, Dart symbol maps, ELF, Mach-O, PE, PDB, portable PDB, WebAssembly and Breakpad files, source bundles, "
    "BCSymbolMaps, their property lists, and line mappings of IL2CPP"
)
_PROGUARD_NAME = re.compile(r"(?:^|/)proguard/([0-9A-Fa-f-]{32,36})\.txt$", re.ASCII)
# A class of a mapping. Source: the manual of ProGuard, "ReTrace".
_PROGUARD_CLASS = re.compile(rb"^[^\s#][^\n]{0,1000}? -> [^\n:]{1,1000}:[ \t\r]{0,100}$", re.MULTILINE)
# The id of a mapping that nobody named: what sentry-cli and its plugins compute of its bytes.
_PROGUARD_IDS = uuid.uuid5(uuid.NAMESPACE_DNS, "guardsquare.com")
_DART = re.compile(rb'\s*\[\s*(?:"|\]\s*$)')


@dataclass(frozen=True, slots=True)
class _Whole:
    """An upload as issues.symbols asks for it."""

    file: IO[bytes]
    sha256: str
    size: int
    is_compressed: bool = False

    def open(self) -> BinaryIO:
        self.file.flush()
        self.file.seek(0)
        return os.fdopen(os.dup(self.file.fileno()), "rb")


def identify(file: IO[bytes], name: str, debug_id: str = "") -> Iterator[Content]:
    """What an uploaded debug file is: one content for each object in it, or for each debug file in a zip file.

    `file` is seekable and has a descriptor. `name` and `debug_id` are what the client says; the file's own word counts where it has
    one. Raises BadUpload for what is no debug file, and issues.symbols.answers.Unavailable when that could not be found out now.
    """
    if zip_files.is_zip(file):
        yield from _in_zip(file)
    else:
        yield from _single(file, name, names.debug_id(debug_id))


def _in_zip(file: IO[bytes]) -> Iterator[Content]:
    """The debug files in a zip file, which is how sentry-cli 2 sends ProGuard mappings. What else is in it is left out."""
    is_empty = True
    with zip_files.opened(file, "The upload") as files:
        for name in files:
            with storage.scratch(_IN_MEMORY) as into:
                files.copy(name, into)
                if _PROGUARD_NAME.search(name) or _is_native(into):
                    for each in _single(into, name, ""):
                        is_empty = False
                        yield each
    if is_empty:
        raise BadUpload(f"There is no debug file in the zip file. Known are {_KNOWN}.")


def _single(file: IO[bytes], name: str, debug_id: str) -> Iterator[Content]:
    file.seek(0)
    beginning = file.read(_BEGINNING)
    if not beginning:
        raise BadUpload("The file is empty.")
    if _is_native(file):
        yield from _native(file, name, debug_id)
    elif beginning[:4] == b"SYSB":
        yield _source_bundle(file, name, debug_id)
    elif (in_name := _PROGUARD_NAME.search(name)) or _PROGUARD_CLASS.search(beginning):
        if not _PROGUARD_CLASS.search(beginning):
            raise BadUpload("The ProGuard mapping has no class in it, such as “shop.Cart -> a.b:”.")
        known = names.debug_id(in_name[1]) if in_name else debug_id
        yield _content(file, Artifact.Kind.PROGUARD, name, known or _id_of_mapping(file), format="proguard")
    else:
        kind, format_ = _other(file, beginning)
        if not debug_id:
            raise BadUpload(
                "The upload says no debug id, and this kind of file has none in itself. Upload it with sentry-cli."
            )
        yield _content(file, kind, name, debug_id, format=format_)


def _other(file: IO[bytes], beginning: bytes) -> tuple[str, str]:
    """The kind and format of a file whose debug id only the client knows. Raises BadUpload."""
    start = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"BCSymbolMap Version:"):
        return Artifact.Kind.BC_SYMBOL_MAP, "bcsymbolmap"
    if start.startswith(b"bplist") or (start.startswith(b"<?xml") and b"<plist" in start):
        return Artifact.Kind.BC_SYMBOL_MAP, "uuidmap"
    if _DART.match(start) and _end(file).endswith(b"]"):
        return Artifact.Kind.DART_SYMBOLS, "dartsymbolmap"
    if start.startswith(b"{") and _end(file).endswith(b"}"):
        # Nothing is looked up in it: the engine that reads others does not use it for frames.
        return Artifact.Kind.OTHER, "il2cpp"
    raise BadUpload(f"This is no debug file, by its first bytes. Known are {_KNOWN}.")


def _native(file: IO[bytes], name: str, debug_id: str) -> Iterator[Content]:
    whole = _Whole(file, _sha256(file), file.seek(0, 2))
    try:
        objects = client.objects(whole)
    except Unreadable as error:
        raise BadUpload(f"The debug file cannot be read: {error.reason}") from error
    found = [one for one in objects if one.debug_id or (debug_id and len(objects) == 1)]
    if not found:
        raise BadUpload(
            "The file has no debug id. Build it with one (a build id of ELF: `-Wl,--build-id`; a debug id of WebAssembly: wasm-split)."
        )
    for one in found:
        yield _content(
            file,
            Artifact.Kind.NATIVE,
            name,
            names.debug_id(one.debug_id) or debug_id,
            code_id=one.code_id[:64].replace("\0", ""),
            arch=one.arch[:32].replace("\0", ""),
            format=one.format,
            kind=one.kind,
            features=list(one.features),
        )


def _source_bundle(file: IO[bytes], name: str, debug_id: str) -> Content:
    """Sources of native code or of the JVM. It is stored whole: the child takes one of its files out."""
    with zip_files.opened(file, "The source bundle") as files:
        if "manifest.json" not in files:
            raise BadUpload("The source bundle has no manifest.json, which says what its files are.")
        text = files.read("manifest.json", _MOST_MANIFEST_BYTES)
        found = re.search(rb'(?<!\\)"debug_id"\s{0,8}:\s{0,8}"([0-9A-Fa-f-]{32,45})"', text)
        own = names.debug_id(found[1].decode()) if found else ""
        count = sum(1 for _ in files) - 1
    if not (own or debug_id):
        raise BadUpload("The source bundle has no debug id in its manifest.json.")
    return _content(
        file, Artifact.Kind.SOURCE_BUNDLE, name, own or debug_id, format="sourcebundle", files=count
    )


def _content(
    file: IO[bytes], of: str, name: str, debug_id: str, *, code_id: str = "", arch: str = "", **details: Any
) -> Content:
    size = file.seek(0, 2)
    file.seek(0)
    name = name.replace("\0", "\ufffd")[-names.LONGEST_NAME :]
    return Content(
        kind=of,
        name=name,
        file=file,
        size=size,
        debug_id=debug_id,
        code_id=code_id,
        arch=arch,
        details=details,
    )


def _is_native(file: IO[bytes]) -> bool:
    file.seek(0)
    return file.read(32).startswith(_NATIVE)


def _end(file: IO[bytes]) -> bytes:
    size = file.seek(0, 2)
    file.seek(max(0, size - 256))
    return file.read().rstrip()


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _id_of_mapping(file: IO[bytes]) -> str:
    """The UUID of a mapping by its bytes. Source: RFC 9562, section 5.5, with the bytes in place of a name."""
    digest = hashlib.sha1(_PROGUARD_IDS.bytes, usedforsecurity=False)
    file.seek(0)
    while block := file.read(_BLOCK):
        digest.update(block)
    return str(uuid.UUID(bytes=digest.digest()[:16], version=5))
