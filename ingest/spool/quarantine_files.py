"""The files of the quarantine: their names, how much they hold, and which go first when they hold too much.

<project>-<day>-<number>.jsonl   records of a project, one line of JSON each; `read` gives their fields
<project>-<event>-<id>.payload   a payload of more than INLINE_BYTES; beside it <the same>.reason.json has the other
                                 fields. Earlier versions left the id out, or wrote <kind>-<id>.
"""

from __future__ import annotations

import heapq
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ingest.spool import files

DIRECTORY = "quarantine"
LINES, PAYLOAD, REASON = ".jsonl", ".payload", ".reason.json"
#: Past this size no more lines are added to a file: files are deleted as a whole.
FULL_BYTES = 1024 * 1024
#: What a file costs at least, whatever is in it.
BLOCK_BYTES = 4096
#: How each line of an event begins.
EVENT_ID_FIRST = b'{"event_id":"'
#: How much of a project's records is searched for an event.
SEARCHED_BYTES = 16 * 1024 * 1024
# When there is too much, files are deleted down to this share of the limit, so that not every record lists them all.
KEPT_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept: bytes on disk, files, and seconds since the last record of a file; 0: any number."""

    bytes: int = 0
    files: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What the quarantine holds. `bytes` is what the files take up on disk."""

    records: int = 0
    bytes: int = 0
    files: int = 0


@dataclass(slots=True)
class _Entry:
    """A file of lines, or a payload with its reason; `paths` are its files."""

    project_id: int
    changed: float = 0.0
    bytes: int = 0
    paths: list[Path] = field(default_factory=list)


def project_of(name: str) -> int:
    """The project in a file's name; 0 if it has none."""
    number = name.partition("-")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 20 else 0


def own_name(project_id: int, event_id: str, identity: str) -> str:
    """The name, without suffix, of the files of a record with a large payload. `identity` is the record's own."""
    return f"{project_id}-{event_id.replace('/', '_')[:100]}-{identity}"


def files_of(directory: Path, project_id: int) -> list[Path]:
    """The project's files of lines in the spool `directory`, oldest first. Raises OSError."""
    folder = directory / DIRECTORY
    found = [path for path in files.named(folder, LINES) if project_of(path.name) == project_id]
    return sorted(found, key=lambda path: (len(path.name), path.name))


def usage(directory: Path, known: dict[Path, tuple[int, int]]) -> Usage:
    """What is set aside in the spool `directory`. Raises OSError when it cannot be read.

    `known` has the size of each file of lines and the number of its lines up to there; it is brought up to date, so that
    every byte is read once.
    """
    records = size = count = 0
    present: set[Path] = set()
    for path, about in _scan(directory):
        count += 1
        size += _on_disk(about.st_size)
        if path.name.endswith(REASON):
            records += 1
        elif path.name.endswith(LINES):
            present.add(path)
            seen, lines = known.get(path, (0, 0))
            if about.st_size < seen:
                seen = lines = 0
            if about.st_size > seen:
                with suppress(FileNotFoundError), open(path, "rb") as file:
                    file.seek(seen)
                    while chunk := file.read(FULL_BYTES):
                        seen += len(chunk)
                        lines += chunk.count(b"\n")
            known[path] = seen, lines
            records += lines
    for gone in list(known.keys() - present):
        known.pop(gone, None)  # another thread may have been faster
    return Usage(records, size, count)


def trim(directory: Path, limits: Limits, now: float) -> Counter[tuple[int, str]]:
    """Delete what is too old at `now` (Unix time); then, while there is too much, the oldest file of the project that has
    the most. Returns how many records that were, by (project id, kind). Raises OSError."""
    expired: Counter[tuple[int, str]] = Counter()
    by_project: dict[int, list[_Entry]] = {}
    size = count = 0
    for entry in _entries(directory):
        if limits.seconds and entry.changed < now - limits.seconds:
            expired += _delete(entry)
            continue
        by_project.setdefault(entry.project_id, []).append(entry)
        size += entry.bytes
        count += len(entry.paths)
    if (limits.bytes and size > limits.bytes) or (limits.files and count > limits.files):
        most_bytes = int(limits.bytes * KEPT_SHARE) if limits.bytes else size
        most_files = int(limits.files * KEPT_SHARE) if limits.files else count
        for entry in _largest_first(by_project):
            if size <= most_bytes and count <= most_files:
                break
            expired += _delete(entry)
            size -= entry.bytes
            count -= len(entry.paths)
    return expired


def projects(directory: Path) -> set[int]:
    """The projects that have records in the quarantine. Raises OSError."""
    return {project_of(path.name) for path, _ in _scan(directory)} - {0}


def forget(directory: Path, project_ids: Collection[int]) -> None:
    """Delete all records of these projects, except in files that are being written. Raises OSError."""
    for entry in _entries(directory):
        if entry.project_id in project_ids:
            _delete(entry)


def read(directory: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every record of the quarantine as (file of lines or reason, fields), project by project, oldest first. `payload` is
    a string; other bytes are in `payload_base64` or, for a large one, in the file named `payload_file`. Lines that
    cannot be read are left out. Raises OSError."""
    for entry in sorted(_entries(directory), key=lambda one: (one.project_id, one.changed)):
        for path in entry.paths:
            if not path.name.endswith(PAYLOAD):
                for about in parsed(path):
                    yield path, about


def parsed(path: Path) -> Iterator[dict[str, Any]]:
    """The fields of each record in a file of lines or a reason; nothing if the file is gone. Raises other OSErrors."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    if path.name.endswith(REASON):
        payload = path.name.removesuffix(REASON) + PAYLOAD
        for about in _objects([data]):
            yield {**about, "payload_file": payload}
    else:
        yield from _objects(data.splitlines())


def find(directory: Path, project_id: int, event_ids: Collection[str]) -> dict[str, str]:
    """The reasons of those events (32 hex digits each) of the project that are set aside; of its records the latest
    SEARCHED_BYTES are looked at. Raises OSError."""
    found: dict[str, str] = {}
    for path in files.named(directory / DIRECTORY, REASON):
        project, _, rest = path.name.removesuffix(REASON).partition("-")
        event_id = rest.partition("-")[0]
        if event_id in event_ids and project == str(project_id):
            for about in parsed(path):
                if about.get("kind") == "event":
                    found[event_id] = _reason(about)
    wanted = {event_id.encode() for event_id in event_ids}
    left = SEARCHED_BYTES
    for path in reversed(files_of(directory, project_id)):
        if left <= 0:
            break
        with suppress(FileNotFoundError), open(path, "rb") as file:
            for line in file:
                left -= len(line)
                # Written first, so that a line need not be parsed to know whose it is.
                if line.startswith(EVENT_ID_FIRST) and line[len(EVENT_ID_FIRST) :][:32] in wanted:
                    for about in _objects([line]):
                        if about.get("kind") == "event":
                            found[str(about["event_id"])] = _reason(about)
    return found


def _reason(about: dict[str, Any]) -> str:
    reason = about.get("reason")
    return reason if isinstance(reason, str) else ""


def _objects(texts: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for text in texts:
        try:
            about = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue  # the disk was full, or the machine lost power, while it was written
        if isinstance(about, dict):
            yield about


def _scan(directory: Path) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        with os.scandir(directory / DIRECTORY) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False):
                        yield Path(entry.path), entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return


def _entries(directory: Path) -> list[_Entry]:
    found: dict[str, _Entry] = {}
    for path, about in _scan(directory):
        name = path.name.removesuffix(REASON).removesuffix(PAYLOAD)
        entry = found.setdefault(name, _Entry(project_of(path.name)))
        entry.changed = max(entry.changed, about.st_mtime)
        entry.bytes += _on_disk(about.st_size)
        entry.paths.append(path)
    return list(found.values())


def _largest_first(by_project: dict[int, list[_Entry]]) -> Iterator[_Entry]:
    """Entries in the order of deletion: each is the oldest of the project that has the most bytes by then."""
    held = {project_id: sum(entry.bytes for entry in entries) for project_id, entries in by_project.items()}
    for entries in by_project.values():
        entries.sort(key=lambda entry: entry.changed, reverse=True)
    heap = [(-size, project_id) for project_id, size in held.items()]
    heapq.heapify(heap)
    while heap:
        size, project_id = heapq.heappop(heap)
        entry = by_project[project_id].pop()
        yield entry
        if by_project[project_id]:
            heapq.heappush(heap, (size + entry.bytes, project_id))


def _delete(entry: _Entry) -> Counter[tuple[int, str]]:
    """Delete an entry, unless another process is adding to it. Returns its records by (project id, kind)."""
    expired: Counter[tuple[int, str]] = Counter()
    for path in sorted(entry.paths, key=lambda one: one.name.endswith(REASON)):  # a reason after its payload
        descriptor = files.try_lock(path)
        if descriptor is None:
            continue
        try:
            if not path.name.endswith(PAYLOAD):
                expired.update((entry.project_id, str(about.get("kind", ""))) for about in parsed(path))
            path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)
    return expired


def _on_disk(size: int) -> int:
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES
