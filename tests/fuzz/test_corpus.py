"""Runs every fuzzing target on the inputs of its corpus: none of them may raise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


def test_every_target_has_a_corpus() -> None:
    assert {path.parent.name for path in FILES} == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_breaks_nothing(name: str) -> None:
    for path in (path for path in FILES if path.parent.name == name):
        try:
            TARGETS[name](path.read_bytes())
        except Exception as error:
            error.add_note(f"with {path}")
            raise
