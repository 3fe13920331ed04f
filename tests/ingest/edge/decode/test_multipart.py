from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode import multipart
from ingest.edge.decode.multipart import End, Part
from ingest.edge.errors import BadEnvelope, TooLarge
from tests.lib.forms import BOUNDARY, a_form, field


def collected(body: bytes, sizes: list[int] | None = None) -> list[tuple[Part, bytes]]:
    """The parts of a body that arrives in chunks of these sizes, repeated as often as needed."""
    reader = multipart.Reader(BOUNDARY)
    found: list[tuple[Part, list[bytes]]] = []
    is_open, at, turn = False, 0, 0
    while at < len(body):
        size = sizes[turn % len(sizes)] if sizes else len(body)
        for piece in reader.feed(body[at : at + size]):
            if isinstance(piece, Part):
                assert not is_open
                is_open = True
                found.append((piece, []))
            elif isinstance(piece, End):
                assert is_open
                is_open = False
            else:
                assert is_open
                found[-1][1].append(piece)
        at, turn = at + size, turn + 1
    reader.close()
    return [(part, b"".join(pieces)) for part, pieces in found]


contents = st.binary(max_size=60) | st.sampled_from(
    [b"\r\n--" + BOUNDARY[:-1], b"\r\n", b"--" + BOUNDARY, b"\r", b"\r\n-", b"--", b"MDMP\0\r\n\r\n"]
).map(lambda piece: b"a" + piece + b"b")


@given(
    st.lists(st.tuples(st.sampled_from(["a", "sentry[b]"]), contents), max_size=5),
    st.lists(st.integers(1, 40), min_size=1, max_size=10),
)
def test_any_chunking_gives_the_same_parts(parts: list[tuple[str, bytes]], sizes: list[int]) -> None:
    body = a_form([(field(name), content) for name, content in parts])
    if not parts:
        return
    expected = [(Part(name, None, ""), content) for name, content in parts]
    if any(b"\r\n--" + BOUNDARY in b"\r\n" + content for _, content in parts):
        return  # such content cannot be sent with this boundary
    assert collected(body, sizes) == collected(body) == expected


@given(st.binary(max_size=300), st.integers(1, 50), st.booleans())
def test_garbage_is_refused_or_read(data: bytes, size: int, starts_well: bool) -> None:
    body = b"--" + BOUNDARY + b"\r\n" + data if starts_well else data
    reader = multipart.Reader(BOUNDARY)
    try:
        for at in range(0, len(body), size):
            reader.feed(body[at : at + size])
        reader.close()
    except (BadEnvelope, TooLarge):
        pass


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (field("a"), Part("a", None, "")),
        (field("a", '; filename="app.log"') + "\r\nContent-Type: text/plain", Part("a", "app.log", "text/plain")),
        (field("a", '; filename=""'), Part("a", "", "")),
        (field("ä", '; filename="größe.txt"'), Part("ä", "größe.txt", "")),
        (field("a", '; filename="C:\\\\dumps\\\\a.dmp"'), Part("a", "a.dmp", "")),
        (field("a", "; filename*=utf-8''gr%C3%B6%C3%9Fe.txt"), Part("a", "größe.txt", "")),
        (field("a", '; filename="x \\"y\\".txt"'), Part("a", 'x "y".txt', "")),
        ("content-disposition: FORM-DATA; name=plain", Part("plain", None, "")),
        ("X-Other: 1", Part("", None, "")),
    ],
)  # fmt: skip
def test_names_and_types(headers: str, expected: Part) -> None:
    assert collected(a_form([(headers, b"content")])) == [(expected, b"content")]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nonsense", b"--" + BOUNDARY, a_form([(field("a"), b"x")])[:-6],
        b"--" + BOUNDARY + b"\r\nno header\r\n\r\nx\r\n--" + BOUNDARY + b"--",
    ],
)  # fmt: skip
def test_a_malformed_form_is_refused(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BadEnvelope):
        collected(body)
    assert caplog.records == []


def test_bounds() -> None:
    with pytest.raises(TooLarge):
        collected(a_form([(field("a"), b"")] * (multipart.MAX_PARTS + 1)))
    with pytest.raises((BadEnvelope, TooLarge)):
        collected(a_form([("X: " + "y" * 100_000, b"")]))
    with pytest.raises((BadEnvelope, TooLarge)):
        collected(a_form([("\r\n".join(["X: " + "y" * 4000] * 10), b"")]))
    with pytest.raises((BadEnvelope, TooLarge)):
        collected(a_form([("\r\n".join(["X: y"] * 100), b"")]))


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b"', b"a b"),
        ("multipart/form-data", None),
        ("multipart/mixed; boundary=abc", None),
        ("application/json", None),
        ("", None),
    ],
)
def test_boundary(content_type: str, expected: bytes | None) -> None:
    assert multipart.boundary(content_type) == expected


def test_a_boundary_too_long_is_refused() -> None:
    with pytest.raises(BadEnvelope):
        multipart.Reader(b"x" * 1000)
