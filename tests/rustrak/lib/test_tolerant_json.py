from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rustrak.lib import tolerant_json
from rustrak.lib.tolerant_json import CUT, MAX_DEPTH, MAX_REPAIRS, Fix, NotJson, dumps, loads, repair
from tests.lib.growth import assert_linear
from tests.lib.payloads import values


@pytest.fixture(params=["usual", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Values are read as those of usual size, and as if they were large."""
    if request.param == "large":
        monkeypatch.setattr(repair, "MOST_NODES", -1)
    return str(request.param)


def deep(value: object) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(deep, children), default=0)


@given(values)
def test_what_is_read_can_be_stored_and_read_again(value: object) -> None:
    read, _ = loads(json.dumps(value).encode())
    assert loads(dumps(read)) == (read, ())
    text = dumps(read).decode()  # raises on a lone surrogate
    assert "\x00" not in text
    assert "\\u0000" not in text.replace("\\\\", "")


@given(
    st.recursive(
        st.booleans()
        | st.integers()
        | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
        st.lists,
    )
)
def test_ordinary_json_is_read_as_it_is(value: object) -> None:
    assert loads(json.dumps(value).encode()) == (value, ())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value, _ = loads(data)
    except NotJson:
        return
    assert loads(dumps(value))[0] == value


def test_an_object_is_read_or_refused() -> None:
    assert tolerant_json.loads_object(b'{"a": NaN}') == {"a": "NaN"}
    for other in (b"[]", b"null", b"1", b'"{}"'):
        with pytest.raises(tolerant_json.NotAnObject):
            tolerant_json.loads_object(other)
    with pytest.raises(NotJson) as refused:
        tolerant_json.loads_object(b"{")
    assert refused.type is NotJson


@given(st.text(alphabet='[]{}":,\\a1 ', max_size=60))
def test_anything_like_json_is_read_or_refused(text: str) -> None:
    try:
        value, _ = loads(text.encode())
    except NotJson:
        with pytest.raises(ValueError):
            json.loads(text)
        return
    assert value == json.loads(text)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b'"\\u0000"', "\ufffd"),
        (b'{"a\\u0000": 1}', {"a\ufffd": 1}),
        (b'"a\x00b"', "a\ufffdb"),
        (b'"\\\\u0000"', "\\u0000"),
        (b'"\\ud83d"', "\ufffd"),
        (b'"\\ude00 \\ud83d"', "\ufffd \ufffd"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{"\\ud83d": "\\udc00"}', {"\ufffd": "\ufffd"}),
        (b'"\xff\xfe ok"', "\ufffd\ufffd ok"),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"ä": 1}'.encode("utf-16"), {"ä": 1}),
        (b"[NaN, Infinity, -Infinity]", ["NaN", "Infinity", "-Infinity"]),
        (b"[1e999, -1e999]", ["1e999", "-1e999"]),
        (b"[1180591620717411303424, -9223372036854775809]", [2**70, -(2**63) - 1]),
        (b"[18446744073709551615, 18446744073709551616]", [2**64 - 1, 2**64]),
        (b"9" * 5000, "9" * 5000),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'"line\nbreak"', "line\nbreak"),
        (b"[1.0, 0.1, 1e3]", [1.0, 0.1, 1000.0]),
    ],
)
def test_odd_json_is_read(size: str, sent: bytes, read: object) -> None:
    value, _ = loads(sent)
    assert value == read
    assert loads(dumps(value)) == (value, ())


@pytest.mark.parametrize(
    ("sent", "repairs"),
    [
        (b'{"a": ["b", "\\u0000x\\u0000"]}', [(("a", 1), Fix.NUL, 2)]),
        (
            b'{"a\\u0000": {"b": "\\ud83d"}}',
            [(("a\ufffd", "b"), Fix.SURROGATE, 1), (("a\ufffd",), Fix.NUL, 1)],
        ),
        (b'["\\u0000\\ud83d"]', [((0,), Fix.NUL, 1), ((0,), Fix.SURROGATE, 1)]),
        (b'[NaN, "NaN", -Infinity]', [((0,), Fix.NOT_A_NUMBER, 1), ((2,), Fix.NOT_A_NUMBER, 1)]),
        (b'{"a": 1e999}', [(("a",), Fix.OUT_OF_RANGE, 1)]),
        (b"[1, " + b"9" * 5000 + b"]", [((1,), Fix.LONG_INTEGER, 1)]),
        (b'["ok", "\xff\xfe"]', [((1,), Fix.INVALID_UTF8, 2)]),
        (b'"\xef\xbf\xbd"', []),
        (b'"a\tb"', [((), Fix.NOT_STANDARD, 1)]),
        (b"\xef\xbb\xbf1", [((), Fix.NOT_STANDARD, 1)]),
        (b'{"a": "[cut: nested too deeply]", "b": NaN}', [(("b",), Fix.NOT_A_NUMBER, 1)]),
    ],
)
def test_a_repair_is_said_with_its_place(sent: bytes, repairs: list[Any]) -> None:
    assert sorted(loads(sent)[1]) == sorted(repairs)


def test_what_is_cut_has_its_place() -> None:
    for levels in (MAX_DEPTH, 2000):
        _, repairs = loads(b'{"a": [1, ' + b"[" * levels + b"]" * levels + b"]}")
        assert repairs == ((("a", 1, *[0] * (MAX_DEPTH - 2)), Fix.TOO_DEEP, 1),)


def test_many_repairs_are_summed_up() -> None:
    _, repairs = loads(b"[" + b'"\\u0000", ' * 500 + b"NaN]")
    assert len(repairs) == MAX_REPAIRS + 2
    assert sum(repair.times for repair in repairs if repair.what is Fix.NUL) == 500
    assert {repair.path for repair in repairs[-2:]} == {()}


@pytest.mark.parametrize("levels", [MAX_DEPTH, MAX_DEPTH + 1, 500, 1024, 1100, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_nesting_is_cut_and_never_recurses(size: str, levels: int, opening: bytes, closing: bytes) -> None:
    times = levels // len(closing)
    levels = times * len(closing)
    value, repairs = loads(opening * times + b'"]}\\"{["' + closing * times)
    assert deep(value) == min(levels, MAX_DEPTH)
    assert bool(repairs) == (levels > MAX_DEPTH)
    assert (CUT in dumps(value).decode()) == (levels > MAX_DEPTH)


def test_what_stands_beside_deep_nesting_is_kept(size: str) -> None:
    value, _ = loads(b'{"a": %s, "b": "]"}' % (b"[" * 5000 + b"]" * 5000))
    assert value["b"] == "]"


def test_many_brackets_are_not_deep(size: str) -> None:
    rows = [{"a": [[]]} for _ in range(1000)]
    assert loads(json.dumps(rows).encode()) == (rows, ())


@pytest.mark.parametrize(
    "data", [b"", b" ", b"{", b"nope", b'{"a":', b"{} {}", b"[" * 100_000, b"\x00", b'["\\']
)
def test_what_is_no_json_is_refused(size: str, data: bytes) -> None:
    with pytest.raises(NotJson):
        loads(data)


def test_json_to_keep_is_what_was_sent_where_that_is_strict() -> None:
    for plain in (b"1" * 400, b'{"a": [1.50, "\\n"]}', b"[1, 18446744073709551616]", b'"\\\\u0001"'):
        assert tolerant_json.load(plain).data is plain
    hidden = tolerant_json.load(b'{"a": "\\u0000", "a": 1}')
    assert hidden == ({"a": 1}, (), b'{"a":1}')


def test_an_endless_string_costs_linear_time() -> None:
    # Quadratic time would take minutes here.
    with pytest.raises(NotJson):
        loads(b"[" * 2000 + b'{"a":"' + b'\\"' * 1_000_000)


@given(values, st.integers(0, 300))
def test_the_beginning_of_a_value_is_that_of_its_json(value: object, most: int) -> None:
    read, _ = loads(json.dumps(value).encode())
    assert tolerant_json.beginning(read, most) == dumps(read).decode()[:most]


@pytest.mark.parametrize("member", [[], {}, 10**20, "", "\x01" * 50, {"a": [1]}])
def test_the_beginning_of_a_value_takes_no_longer_for_a_larger_one(member: object) -> None:
    value = [member] * 2_000_000
    started = time.process_time()
    assert len(tolerant_json.beginning(value, 1000)) == 1000
    assert time.process_time() - started < 0.2


ODD = [
    "[", "]", "{", "}", ",", ":", '"', '"a":', '"', "\\", "\\\\", "\\u0000", "\\ud83d", "\\ude00", "\\u00e9", "\x00", "\n", "NaN",
    "-Infinity", "1e999", "1", "10" * 15, "9" * 5000, "é", "[" * 300, "]" * 300, "\\n", "[]", "{}", " ",
]  # fmt: skip


@given(st.lists(st.sampled_from(ODD), max_size=12), st.integers(0, 300))
def test_a_large_value_is_read_as_one_of_usual_size(parts: list[str], levels: int) -> None:
    texts = ("".join(parts), '"' + "".join(parts).replace('"', "") + '"', "[" + ",".join(parts) + "]")
    for text in texts:
        data = (levels * "[" + text + levels * "]").encode("utf-8", "surrogatepass")
        large, usual = read_by(repair._in_bulk, data), read_by(repair._slowly, data)
        assert large[0] == usual[0]
        # What a later member hides, or what is cut, may be counted as well.
        assert all(large[1][what] >= times for what, times in usual[1].items())


def read_by(reader: Callable[[bytes], Any], data: bytes) -> tuple[object, Counter[Fix]]:
    try:
        value, repairs = reader(data)
    except NotJson:
        return None, Counter()
    counts: Counter[Fix] = Counter()
    for one in repairs:
        counts[one.what] += one.times
    return value, counts


UNITS = {
    "empty arrays": "[],", "arrays": "[1],", "objects": '{"a":1},', "numbers": "1,", "constants": "NaN,", "floats": "1e9,",
    "large floats": "1e999,", "integers beyond 64 bits": "1" + "0" * 20 + ",", "long integers": "9" * 4001 + ",",
    "texts": '"a",', "NUL": '"\\u0000",', "surrogates": '"\\ud800\\udc00\\udc00",', "escapes": '"\\\\\\n",',
    "nested": "[" * 9 + "]" * 9 + ",", "deeper": "[" * 300 + "]" * 300 + ",", "open": "[", "open objects": '{"":', "NUL bytes": '"\0",',
    "bytes": '"\udcff",', "members": '"a":1,',
}  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_the_time_to_read_grows_with_the_data(unit: str) -> None:
    def make(size: int) -> bytes:
        text = "[NaN," + UNITS[unit] * (size // len(UNITS[unit])) + "0]"
        return text.encode("utf-8", "surrogateescape")

    def work(data: bytes) -> None:
        try:
            loads(data)
        except NotJson:
            pass

    # Smaller ones fit into the caches of the processor.
    assert_linear(make, work, smallest=512 * 1024, largest=2 * 1024 * 1024)


def test_thousands_of_long_integers_are_not_converted() -> None:
    # It takes quadratic time. One alone is kept as it was sent.
    def make(digits: int) -> bytes:
        return b"[" + b",".join([b"9" * digits] * (3_000_000 // digits)) + b"]"

    value, repairs = tolerant_json.loads(make(3999))
    assert value == ["9" * 3999] * 750
    assert [(one.what, one.times) for one in repairs] == [(tolerant_json.Fix.LONG_INTEGER, 750)]
    assert tolerant_json.loads(make(499))[0][0] == int("9" * 499)
    assert tolerant_json.loads(b"[" + b"9" * 3999 + b"]") == ([int("9" * 3999)], ())
