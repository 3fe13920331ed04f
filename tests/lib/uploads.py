"""Uploads as clients send them: pieces, and asking until they are stored."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from accounts.models import Project, User
from issues.artifacts import chunks
from issues.artifacts.assembly import asking
from issues.artifacts.assembly.asking import Wanted
from issues.artifacts.assembly.states import Standing
from issues.artifacts.chunks import Part
from issues.models import Upload


def sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def pieces(data: bytes, size: int = 1000) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def part(directory: Path, data: bytes, name: str = "", *, is_gzip: bool = False) -> Part:
    """A piece as it arrived, in a file in `directory`; by default with the right name."""
    path = directory / f"{len(list(directory.iterdir()))}.part"
    path.write_bytes(gzip.compress(data, mtime=0) if is_gzip else data)
    return Part(name or sha1(data), str(path), is_gzip)


def send(user: User, directory: Path, *data: bytes, is_gzip: bool = False) -> None:
    """Have pieces arrive."""
    directory.mkdir(exist_ok=True)
    chunks.receive(user, [part(directory, each, is_gzip=is_gzip) for each in data])


def wanted(data: bytes, *, size: int = 1000, **fields: Any) -> Wanted:
    """An upload of these bytes, by default an artifact bundle."""
    return Wanted(
        **{
            "kind": Upload.Kind.BUNDLE,
            "checksum": sha1(data),
            "chunks": [sha1(each) for each in pieces(data, size)],
            **fields,
        }
    )


def upload(user: User, projects: Sequence[Project], data: bytes, directory: Path, **fields: Any) -> Standing:
    """Upload as a client does: ask, send what is missing, ask again."""
    asked = wanted(data, **fields)
    first = asking.ask(user, projects, asked)
    send(user, directory, *(each for each in pieces(data) if sha1(each) in first.missing))
    return asking.ask(user, projects, asked)
