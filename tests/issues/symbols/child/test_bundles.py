from __future__ import annotations

import zipfile

import pytest

from issues.symbols.answers import Unreadable
from issues.symbols.child import bundles
from tests.lib.symbol_files import contents
from tests.lib.symbol_files import source_bundle as bundle


def test_a_source_is_found_by_the_path_at_which_it_was_compiled() -> None:
    files = {"a": {"type": "source", "path": "/src/lib/../lib.c"}, "b": {"path": "C:\\src\\b.c"}, "c": 7}
    data = bundle(files, a=b"1\n2\n3", b=b"x")
    loaded, size = bundles.load([contents(data, is_compressed=True)], {})
    assert size >= len(data)
    question = {"path": "/src/lib.c", "line": 2, "context": 5}
    assert bundles.answer(loaded, question) == [["1"], "2", ["3"]]
    assert bundles.answer(loaded, question | {"path": "C:\\src\\b.c", "line": 1}) == [[], "x", []]
    for other in ({"path": "/src/other.c"}, {"path": "manifest.json"}, {"path": ""}, {"line": 9}):
        assert bundles.answer(loaded, question | other) is None


@pytest.mark.parametrize(
    "data",
    [
        b"", b"SYSB", b"PK\x05\x06" + bytes(18), bundle({})[:-30], bundle({}).replace(b"manifest.json", b"manifest.jsoN"),
        bundle({}, zipfile.ZIP_BZIP2), bundle(7),  # type: ignore[arg-type]
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_bundle_says_so(data: bytes) -> None:
    with pytest.raises(Unreadable, match="broken"):
        bundles.load([contents(data)], {})


def test_entries_that_are_missing_or_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bundle({"gone": {"path": "/gone"}, "bomb": {"path": "/bomb"}}, bomb=bytes(1 << 16))
    loaded, _ = bundles.load([contents(data)], {})
    monkeypatch.setattr(bundles, "_MOST_SOURCE", 1 << 10)
    for path in ("/gone", "/bomb"):
        with pytest.raises(Unreadable):
            bundles.answer(loaded, {"path": path, "line": 1, "context": 1})
