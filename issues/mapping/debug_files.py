"""Finding debug files: ProGuard mappings, Dart symbol maps, native code. They are found by debug id only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from issues.artifacts import lookup
from issues.artifacts.lookup import Found
from issues.mapping.known import Known, Subject


def found_for(known: Known, kind: str, debug_ids: Iterable[str]) -> list[Found]:
    """The best files of a kind (Artifact.Kind) with these debug ids, each once; those that are not known yet are left out."""
    subject = Subject(f"{known.prefix}{kind}", lambda some, patience: _look_up(known, kind, some))
    answers = [known.answer(subject, debug_id) for debug_id in debug_ids]
    return [answer for answer in answers if isinstance(answer, Found)]


def _look_up(known: Known, kind: str, some: Sequence[Any]) -> list[Found | None]:
    # Without a version nothing was ever uploaded.
    found = lookup.by_debug_ids(known.project_id, some, [kind]) if known.version else {}
    return [min(files, key=_rank) if (files := found.get(debug_id)) else None for debug_id in some]


def _rank(file: Found) -> int:
    """A program that was stripped has the debug id of its debug file. Of equally good ones the first, which is the newest."""
    return 0 if "debug" in file.features else 1 if "symtab" in file.features else 2
