"""What scripts and maps say of themselves."""

from __future__ import annotations

import base64
import io
from urllib.parse import quote

from issues.artifacts.reading import references
from tests.lib.artifacts import DEBUG_ID
from tests.lib.growth import assert_linear

MAP = b'{"version":3,"names":["\xc3\xa9%"]}' * 3000 + b"\n"


def url(script: str) -> str | None:
    found = references.of_script(io.BytesIO(script.encode()))
    return found and found.url


def inside(script: bytes) -> bytes | None:
    file, into = io.BytesIO(script), io.BytesIO()
    reference = references.of_script(file)
    assert reference is not None
    assert reference.url == references.INLINE
    return into.getvalue() if references.write_inline(file, reference, into) else None


def test_the_last_comment_names_the_map():
    for script, expected in {
        "f()\n//# sourceMappingURL=a.js.map": "a.js.map",
        "f();//@ sourceMappingURL=a.map?x=1  \r\n\n": "a.map?x=1",
        "//# sourceMappingURL=old.map\nf()\n//# sourceMappingURL=new.map\n//# debugId=x\n/* end */\n": "new.map",
        "a" * 70_000 + "//# sourceMappingURL=" + "b" * 900: "b" * 900,
        "x" * (65_536 - 8) + "\n//# sourceMappingURL=a.map\n": "a.map",
        # Not the script's: text of a program, code after it, a style sheet's, no name.
        "eval('f()\\n//# sourceMappingURL=a.map\\n')": None,
        "//# sourceMappingURL=a.map\nf()": None,
        "/*# sourceMappingURL=a.map */": None,
        "// sourceMappingURL=a.map": None,
        "//# sourceMappingURL=": None,
        "//# sourceMappingURL=a b": None,
        "//# sourceMappingURL=" + "a" * 1001: None,
        "f()": None,
        "": None,
    }.items():
        assert url(script) == expected, script[-80:]


def test_a_map_inside():
    for text in (
        b"data:application/json;charset=utf-8;base64," + base64.b64encode(MAP),
        b"data:application/json;base64," + base64.b64encode(MAP).replace(b"=", b"%3D"),
        b"data:application/json," + quote(MAP).encode(),
    ):
        assert inside(b"f()\n//# sourceMappingURL=" + text + b"\n//# debugId=" + DEBUG_ID.encode()) == MAP
    assert inside(b"//# sourceMappingURL=data:application/json;base64,!!!!") is None
    assert inside(b"//# sourceMappingURL=data:application/json;base64,A") is None


def test_debug_ids():
    script = b"f()\n//# debugId=" + DEBUG_ID.upper().encode()
    long_map = b"\n//# sourceMappingURL=data:application/json;base64," + b"A" * 200_000
    for data in (script, script + b"\n", script + long_map, b"//# debugId=" + b"0" * 32 + b"\n" + script):
        file = io.BytesIO(data)
        assert references.debug_id_of_script(file, references.of_script(file)) == DEBUG_ID
    for data in (b"", b"f()", b"debugId=" + DEBUG_ID.encode(), script[:-1]):
        assert references.debug_id_of_script(io.BytesIO(data), None) == ""

    own = b'"debugId": "%s"' % DEBUG_ID.encode()
    rest = b'"sourcesContent":["' + b"x" * 9000 + b'"]'
    for data in (
        b"{" + own + b"," + rest + b"}",
        b"{" + rest + b"," + own.replace(b"debugId", b"debug_id") + b"}",
    ):
        assert references.debug_id_of_map(io.BytesIO(data)) == DEBUG_ID
    for data in (b'{"sourcesContent":["{' + own.replace(b'"', b'\\"') + b'}"]}', b"", b"{}"):
        assert references.debug_id_of_map(io.BytesIO(data)) == ""


def test_time_grows_with_the_script():
    def read(data: bytes) -> None:
        file = io.BytesIO(data)
        reference = references.of_script(file)
        references.debug_id_of_script(file, reference)
        references.debug_id_of_map(file)
        if reference is not None and reference.url == references.INLINE:
            references.write_inline(file, reference, io.BytesIO())

    for start, piece in (
        (b"", b"//# sourceMappingURL="),
        (b"", b"//# debugId=" + DEBUG_ID.encode()),
        (b"//# sourceMappingURL=data:application/json,", b"%"),
        (b"//# sourceMappingURL=data:application/json;base64,", b"A%"),
        (b"//# sourceMappingURL=data:application/json", b";a"),
        (b"//# sourceMappingURL=a\n", b"/* */"),
        (b"", b'"debugId":'),
    ):
        assert_linear(
            lambda count, start=start, piece=piece: start + piece * count,
            read,
            smallest=1 << 12,
            largest=1 << 16,
        )
