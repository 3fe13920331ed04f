"""Bundles of the sources of native code, as `sentry-cli debug-files bundle-sources` makes them: a zip file with a manifest."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

import orjson

from issues.symbols.answers import Unreadable
from issues.symbols.child import text
from issues.symbols.child.contents import Contents, only

MOST_BYTES = 192 << 20
_MOST_MANIFEST, _MOST_SOURCE = 32 << 20, 16 << 20
_KEPT_OF_PATH = 400
_BROKEN = "The source bundle is broken."
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class Bundle:
    """The bytes of a bundle, and which of its files each path is."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            manifest = orjson.loads(self._read("manifest.json", _MOST_MANIFEST))
            entries = manifest["files"].items()
            self._files = {
                _normal(about["path"]): name
                for name, about in entries
                if isinstance(about, dict) and isinstance(about.get("path"), str)
            }
        except (
            zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError,
            TypeError, AttributeError, OSError,
        ):  # fmt: skip
            raise Unreadable(_BROKEN) from None
        self.size = len(data) + _KEPT_OF_PATH * len(self._files)

    def source(self, path: str) -> bytes | None:
        """The contents of the file that was at `path` when the program was built."""
        if (name := self._files.get(_normal(path))) is None:
            return None
        try:
            return self._read(name, _MOST_SOURCE)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
            KeyError,
        ):
            raise Unreadable(_BROKEN) from None

    def _read(self, name: str, most: int) -> bytes:
        about = self._zip.getinfo(name)
        # Others may take very much for little.
        if about.compress_type not in _METHODS or about.file_size > most:
            raise ValueError(name)
        with self._zip.open(about) as entry:
            return entry.read(most)


def load(files: Sequence[Contents | None], question: dict[str, Any]) -> tuple[Bundle, int]:
    """Of a source bundle. Raises Unreadable."""
    file = only(files)
    bundle = Bundle(file.read(MOST_BYTES))
    return bundle, bundle.size


def answer(bundle: Bundle, question: dict[str, Any]) -> list[Any] | None:
    """The lines before, at and after `line` of the file at `path`. Raises Unreadable."""
    if (source := bundle.source(question["path"])) is None:
        return None
    return text.excerpt(source, question["line"], question["context"])


def _normal(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/"))
