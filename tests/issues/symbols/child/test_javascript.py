from __future__ import annotations

import json
from typing import Any

import pytest

from issues.symbols.answers import Unreadable
from issues.symbols.child import javascript
from tests.lib.growth import assert_linear
from tests.lib.symbol_files import contents, source_map

SOURCE = "var a;\nfunction b() {}\nthrow a"


def found(data: bytes, *positions: tuple[int, int], script: bytes = b"", context: int = 1) -> list[Any]:
    """The answers: (source, line, column, function, name, context line, before, after, is ignored)."""
    loaded, _ = javascript.loaded(script, data)
    return javascript.answer(loaded, {"positions": positions, "context": context})


def why(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        javascript.load([None, contents(data)], {})
    return caught.value.reason


def test_a_position_has_its_source_line_name_and_the_lines_around() -> None:
    data = source_map(sourcesContent=[SOURCE])
    assert found(data, (1, 1), (1, 7), (2, 1)) == [
        ["src/a.js", 1, 1, "", "foo", "var a;", [], ["function b() {}"], False],
        ["src/a.js", 2, 1, "", "", "function b() {}", ["var a;"], ["throw a"], False],
        ["src/a.js", 3, 1, "", "", "throw a", ["function b() {}"], [], False],
    ]


def test_what_is_not_in_the_map_is_none() -> None:
    assert found(source_map(), (3, 1), (0, 1), (1, 0), (1 << 40, 1)) == [None] * 4


def test_a_position_past_the_end_of_the_script_is_none() -> None:
    """An event of another version of the script: symbolic would take the last thing of the line."""
    script = 'x("😀")\ny'.encode()  # 7 units of UTF-16 in its first line
    assert [one is not None for one in found(source_map(), (1, 8), (1, 9), (2, 2), (2, 3), script=script)] == [
        True, False, True, False,
    ]  # fmt: skip
    assert found(source_map(), (1, 500))[0] is not None  # without the script nobody knows


def test_contents_and_sources_may_be_missing() -> None:
    (one,) = found(source_map(sourcesContent=[None]), (1, 1))
    assert one[5:8] == [None, [], []]
    (one,) = found(source_map(sources=[None]), (1, 1))
    assert one[:2] == ["", 1]
    (one,) = found(source_map(sourcesContent=["\n\n\n"]), (1, 7))
    assert one[5:8] == ["", [""], [""]]


def test_functions_are_named_by_the_scopes_of_the_script() -> None:
    script = b"function t(){throw n()}"
    data = source_map(names=["charge", "fail"], mappings="AAAA,SAASA,YACP,MAAMC", sourcesContent=[SOURCE])
    (one,) = found(data, (1, 14), script=script)
    assert one[3] == "charge"


def test_the_root_is_before_the_sources() -> None:
    assert found(source_map(sourceRoot="/app"), (1, 1))[0][0] == "/app/src/a.js"
    assert found(source_map(sourceRoot="/app/", sources=["https://x/b.js"]), (1, 1))[0][0] == "https://x/b.js"


def test_maps_with_sections() -> None:
    """As bundlers write them that join files which have maps."""
    part = json.loads(source_map())
    whole = {
        "version": 3,
        "sections": [
            {"offset": {"line": 0, "column": 0}, "map": part},
            {"offset": {"line": 5, "column": 10}, "map": part | {"sources": ["b.js"]}},
        ],
    }
    data = json.dumps(whole).encode()
    assert [one and one[:2] for one in found(data, (1, 1), (6, 1), (6, 11), (7, 1))] == [
        ["src/a.js", 1], None, ["b.js", 1], ["b.js", 3],
    ]  # fmt: skip
    whole["sections"] = [{"offset": {"line": 0, "column": 0}, "url": "b.js.map"}]
    assert why(json.dumps(whole).encode()).startswith("One of its sections is in another file")


def test_maps_of_hermes_name_functions_by_offset_into_the_bytecode() -> None:
    data = source_map(
        mappings="AAAA,UACA",
        sourcesContent=["var a\nfoo()"],
        x_facebook_sources=[[{"names": ["<global>", "foo"], "mappings": "AAA;ACA"}]],
    )
    for script in (
        b"",
        b"x",
        b"\xc6\x1f\xbc\x03\0\0",
    ):  # also beside the file that was packed, or the bytecode
        answers = found(data, (1, 1), (1, 11), script=script)
        assert [one[1:4] for one in answers] == [[1, 1, "<global>"], [2, 1, "foo"]]


@pytest.mark.parametrize("name", ["ignoreList", "x_google_ignoreList"])
def test_sources_of_others_are_told(name: str) -> None:
    data = source_map(sources=["a.js", "lib.js"], mappings="AAAA,KCAA", sourceRoot="/r", **{name: [1, 7]})
    assert [one[-1] for one in found(data, (1, 1), (1, 6))] == [False, True]
    text = source_map(sourcesContent=[f'{{"{name}": [0]}}'])
    assert not found(text, (1, 1))[0][-1]


def test_long_lines_are_cut_around_the_column() -> None:
    long = "a" * 5000 + "HERE" + "b" * 5000
    data = source_map(mappings="AAAAA,KAAy4JA", sourcesContent=[f"{long}\n{long}\n"])
    assert found(data, (1, 6))[0][2] == 5002
    one = found(data, (1, 6))[0]
    assert len(one[5]) <= 1000
    assert one[5][0] == one[5][-1] == "…"
    assert "HERE" in one[5]
    assert len(one[7][0]) <= 1000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The source map is empty."),
        (b" \n", "The source map is empty."),
        (b"<!doctype html><title>404", "It is a web page or XML, not a source map."),
        (b"[1]", "It is not the JSON of a source map: invalid type: sequence, expected"),
        (source_map()[:-9], "It is not the JSON of a source map: EOF while parsing"),
        (source_map()[:-1] + b',"x":NaN}', "It is not the JSON of a source map: expected value"),
        (source_map(version="3"), "It is not the JSON of a source map: invalid type: string"),
        (source_map(mappings="!!!"), "The source map is broken: "),
        (source_map(mappings="AAAAAAAAAA"), "The source map is broken: "),
        (source_map(mappings="ggggggggggggggggB"), "The source map is broken: "),
        (source_map(mappings="DDDDD,DDDDD"), "The source map is broken: bad reference to source"),
        (source_map(mappings="AACA"[:1] + "CAA"), "The source map is broken: bad reference to source"),
        (json.dumps({"version": 3, "mappings": "AAAA"}).encode(), "The source map is broken: bad reference"),
    ],
    ids=range(13),
)
def test_what_is_no_map_says_why(data: bytes, reason: str) -> None:
    assert why(data).startswith(reason)


def test_marks_before_the_json_are_skipped_and_broken_names_replaced() -> None:
    for before in (b")]}'\n", b"\xef\xbb\xbf"):
        loaded, _ = javascript.load([None, contents(before + source_map())], {})
        assert javascript.answer(loaded, {"positions": [[1, 1]], "context": 0})
    (one,) = found(source_map(sources=["XX"]).replace(b"XX", b"\xff\xfe"), (1, 1))
    assert one[0] == "��"


def test_sections_within_sections_end() -> None:
    whole = json.loads(source_map())
    for _ in range(60):
        whole = {"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": whole}]}
    assert "recursion limit" in why(json.dumps(whole).encode())


@pytest.mark.parametrize("kind", ["segments", "lines", "sources", "sections", "contents", "ignored"])
def test_reading_takes_linear_time(kind: str) -> None:
    def make(n: int) -> bytes:
        if kind == "sources":
            return source_map(sources=[f"s{i}" for i in range(n)], mappings="AAAA" + ",CCAA" * (n - 1))
        if kind == "sections":
            part = {"offset": {"line": 0, "column": 0}, "map": json.loads(source_map())}
            return json.dumps({"version": 3, "sections": [part] * n}).encode()
        if kind == "ignored":
            return source_map(ignoreList=list(range(n)), sources=["s"] * n)
        if kind == "contents":
            return source_map(sourcesContent=["\n" * n])
        return source_map(mappings=("CACE," if kind == "segments" else ";") * n)

    assert_linear(make, lambda data: found(data, (1, 1)), smallest=1 << 10, largest=1 << 14)
