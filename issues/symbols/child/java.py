"""ProGuard mappings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbolic.exceptions import SymbolicError
from symbolic.proguard import ProguardMapper

from issues.symbols.answers import Unreadable
from issues.symbols.child import text
from issues.symbols.child.contents import Contents, only

MOST_BYTES = 128 << 20
# What symbolic keeps of a byte of the mapping, measured: docs/decisions/0049.
_KEPT_OF_BYTE, _KEPT_BYTES = 15, 4096
_MOST_INLINED = 100
_MOST_NAME = 1000


def load(files: Sequence[Contents | None], question: dict[str, Any]) -> tuple[ProguardMapper, int]:
    """Of a mapping. Raises Unreadable."""
    file = only(files)
    if not file.size:
        raise Unreadable("The mapping is empty.")
    try:
        with file.path(MOST_BYTES) as path:
            mapper = ProguardMapper.open(path)
    except SymbolicError as error:
        raise Unreadable(f"The mapping cannot be read: {text.one_line(error.message)}.") from None
    return mapper, file.size * _KEPT_OF_BYTE + _KEPT_BYTES


def answer(mapper: ProguardMapper, question: dict[str, Any]) -> list[Any]:
    """For each of `frames` the fields of its JavaFrames, and the real names of `classes`."""
    frames = [_frames(mapper, *frame) for frame in question["frames"]]
    classes = {name: real[:_MOST_NAME] for name in question["classes"] if (real := mapper.remap_class(name))}
    return [frames, classes]


def _frames(mapper: ProguardMapper, name: str, method: str, line: int) -> list[list[Any]]:
    known = 0 <= line < 1 << 31
    found = mapper.remap_frame(name, method, line if known else 0)
    if found and not line:
        # Without a line every overload is a candidate, not an inlined call.
        if len({(frame.class_name, frame.method) for frame in found}) > 1:
            found = []
        else:
            found = found[:1]
    if found:
        return [
            [
                frame.class_name[:_MOST_NAME],
                frame.method[:_MOST_NAME],
                (frame.file or "")[:_MOST_NAME],
                frame.line,
            ]
            for frame in _distinct(found[:_MOST_INLINED])
        ]
    if not (real := mapper.remap_class(name)):
        return []
    both = mapper.remap_method(name, method)
    if both is not None and both[0] == real:
        return [[real[:_MOST_NAME], both[1][:_MOST_NAME], "", 0]]
    return [[real[:_MOST_NAME], method, "", 0]]


def _distinct(frames: Sequence[Any]) -> list[Any]:
    """Without repetitions: overloads that a line does not tell apart."""
    found: dict[tuple[str, str, str | None, int], Any] = {}
    for frame in frames:
        found.setdefault((frame.class_name, frame.method, frame.file, frame.line), frame)
    return list(found.values())
