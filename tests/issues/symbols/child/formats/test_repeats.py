from __future__ import annotations

import json

from issues.symbols.child import javascript
from issues.symbols.child.formats import repeats
from tests.lib.growth import assert_linear
from tests.lib.symbol_files import source_map

# Line 2 begins at column 5 with the position that line 1 ends with, line 4 is a part of a name, line 5 is another position.
MAPPINGS = "AAAA,KACA;IAAA;;AAAAA;AACA"


def test_lines_that_begin_with_the_position_before() -> None:
    loaded, _ = javascript.loaded(b"", source_map(mappings=MAPPINGS))
    positions = [[1, 6], [2, 4], [2, 5], [2, 9], [3, 1], [5, 1]]
    answers = javascript.answer(loaded, {"positions": positions, "context": 0})
    assert [one and one[1] for one in answers] == [2, None, 2, 2, None, 3]


def test_lines_of_sections() -> None:
    one = json.loads(source_map(mappings=MAPPINGS))
    sections = [{"offset": {"line": 10 * n, "column": 0}, "map": one} for n in range(2)]
    loaded, _ = javascript.loaded(b"", json.dumps({"version": 3, "sections": sections}).encode())
    answers = javascript.answer(loaded, {"positions": [[2, 5], [12, 4], [12, 5]], "context": 0})
    assert [one and one[1] for one in answers] == [2, None, 2]


def test_what_is_no_map_has_none() -> None:
    for data in (
        b"",
        b"[]",
        b'{"mappings":[]}',
        b'{"sections":[{"map":3}]}',
        b'{"sections":[{"map":{"mappings":";AAAA"},"offset":{"line":1e30}}]}',
    ):
        assert not repeats.of(data).size


def test_it_takes_no_longer_than_the_map_is() -> None:
    for piece in (";AAAA", ";", "g", ";ggggg", ";AAAAgggggggg"):
        assert_linear(
            lambda n, piece=piece: b'"mappings":"' + piece.encode() * n + b'"',
            repeats.of,
            smallest=256,
            largest=16384,
        )
