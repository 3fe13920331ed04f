"""The kinds of questions, and what answers each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from issues.symbols.answers import Unreadable
from issues.symbols.child import bundles, dart, java, javascript, native, text
from issues.symbols.child.contents import Contents
from issues.symbols.child.limits import Watch
from issues.symbols.child.loading import Load, Loader

_Files = Sequence[Contents | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """`load` reads the files, and returns what is kept and its size in bytes; `answer` answers a question from it. Each may take
    `seconds` of CPU time. Of files of one kind, those with different values of `part` are read separately."""

    load: Callable[[_Files, dict[str, Any]], tuple[Any, int]]
    answer: Callable[[Any, dict[str, Any]], Any]
    seconds: float = 10.0
    part: str = ""


KINDS = {
    "javascript": Kind(javascript.load, javascript.answer),
    "text": Kind(text.load, text.answer),
    "bundle": Kind(bundles.load, bundles.answer),
    "java": Kind(java.load, java.answer),
    "dart": Kind(dart.load, dart.answer),
    "native": Kind(native.load, native.answer, seconds=60.0, part="debug_id"),
    "objects": Kind(native.load_objects, native.objects, seconds=60.0),
}


@dataclass(frozen=True, slots=True)
class File:
    """What a question says of a file."""

    sha256: str
    size: int
    is_compressed: bool


def files_of(question: dict[str, Any]) -> list[File | None]:
    """The files of a question. Raises ValueError and the like for a question that has another form."""
    return [
        None if file is None else File(str(file["sha256"]), int(file["size"]), bool(file["zstd"]))
        for file in question["files"]
    ]


def key_of(question: dict[str, Any]) -> str:
    """Names what is kept for the question."""
    part = KINDS[question["kind"]].part
    names = [question["kind"], *("-" if file is None else file.sha256 for file in files_of(question))]
    return ":".join([*names, str(question[part])] if part else names)


def answer(
    question: dict[str, Any], loader: Loader, watch: Watch, descriptors: Callable[[], Sequence[int]]
) -> Any:
    """The value that answers a question. `descriptors` asks for its files, and is called only if they must be read; who calls this
    closes them. Raises Unreadable."""
    kind, key = KINDS[question["kind"]], key_of(question)
    if (found := loader.kept(key)) is None:
        files = files_of(question)
        given = iter(descriptors())
        contents = [
            None if file is None else Contents(next(given), file.size, file.is_compressed) for file in files
        ]
        size = sum(file.size for file in files if file is not None)
        found = loader.loaded(Load(key, size, kind.seconds, partial(kind.load, contents, question)))
    with watch.working(key, kind.seconds):
        try:
            return kind.answer(found, question)
        except MemoryError:
            with suppress(MemoryError):
                del found
            raise Unreadable("Looking something up in it takes more than 512 MiB of memory.") from None
