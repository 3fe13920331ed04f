"""The targets of fuzzing: each takes any bytes, and raises only when an invariant is broken.

The first bytes choose sizes and encodings, the rest is the input itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from ingest.edge.decode import content_encoding, header_values, json_object, multipart, security_reports
from ingest.edge.decode.base64_zlib import Base64Zlib
from ingest.edge.decode.envelope import Parser
from ingest.edge.errors import Refused
from ingest.edge.native import crash_event, form_fields, minidump
from ingest.spool import Record, record
from issues.payload import notes
from issues.payload import read as payload
from issues.payload.cut import parse_budget
from issues.payload.rules import matching, parsing, writing
from issues.symbols.answers import Unreadable
from issues.symbols.child import bundles, dart, java, javascript, native
from rustrak.lib import tolerant_json
from tests.fuzz import page as pages
from tests.lib.symbol_files import contents

MOMENT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_ENCODINGS = ("gzip", "deflate", "br", "zstd", "", "identity")
_MOST = 1 << 20
# What one page may cost. Digests accept events of up to eight times this size, and store them cut.
PAGE_SECONDS, PAGE_BYTES, _LARGEST_PAGE = 1.5, 5_000_000, 1 << 20
# What `_loop_seconds` is on a machine on which PAGE_SECONDS holds.
_LOOP_SECONDS = 0.085


class _Item:
    """Keeps everything that the parser writes to it."""

    def __init__(self, kind: str, headers: dict[str, Any]) -> None:
        self.kind, self.headers, self.data = kind, headers, b""

    def write(self, data: bytes) -> None:
        self.data += data


def _parsed(pieces: list[bytes]) -> list[tuple[str, bytes]] | str:
    """The items, those that cannot be read included, or the name of the error the envelope was refused with."""
    items: list[_Item] = []

    def unreadable(kind: str, why: Refused, begun: bool) -> None:
        if begun:
            assert items.pop().kind == kind
        items.append(_Item(f"unreadable {kind}: {why}", {}))

    def begin(header: dict[str, Any], kind: str, headers: dict[str, Any], length: int | None) -> _Item:
        items.append(_Item(kind, headers))
        return items[-1]

    parser = Parser(begin, unreadable)
    try:
        for piece in pieces:
            parser.feed(piece)
        parser.close()
    except Refused as refusal:
        return type(refusal).__name__
    return [(item.kind, item.data) for item in items]


def envelope(data: bytes) -> None:
    """An envelope reads the same however it is cut into pieces."""
    stride, body = data[0] % 31 + 1 if data else 1, data[1:]
    pieces = [body[at : at + stride] for at in range(0, len(body), stride)]
    assert _parsed(pieces) == _parsed([body])


def body(data: bytes) -> None:
    """A body decodes the same however it is cut, where it is not refused, and never past the limit."""
    if len(data) < 2:
        return
    encoding, stride, rest = _ENCODINGS[data[0] % len(_ENCODINGS)], data[1] % 31 + 1, data[2:]

    def decoded(pieces: list[bytes]) -> bytes | None:
        stream = content_encoding.Stream(encoding, max_encoded=_MOST, max_decoded=_MOST)
        found = b""
        try:
            for piece in pieces:
                found += b"".join(stream.feed(piece))
            stream.close()
        except Refused:
            return None
        assert len(found) <= _MOST
        return found

    cut = decoded([rest[at : at + stride] for at in range(0, len(rest), stride)])
    whole = decoded([rest])
    # libzstd compares a frame's size with its header's only when it sees the whole frame at once.
    assert cut is None or whole is None or cut == whole


def packed(data: bytes) -> None:
    """base64(zlib(JSON)) can be decoded in pieces or whole without any error other than Refused."""
    stride, rest = data[0] % 31 + 1 if data else 1, data[1:]

    def decoded(pieces: list[bytes]) -> bytes | None:
        stream = Base64Zlib()
        found = b""
        try:
            for piece in pieces:
                for part in stream.feed(piece):
                    found += part
                    if len(found) > _MOST:
                        return None
            stream.close()
        except Refused:
            return None
        return found

    decoded([rest[at : at + stride] for at in range(0, len(rest), stride)])
    decoded([rest])


def event(data: bytes) -> None:
    """Every event that can be read can be stored, and reads the same again."""
    try:
        first = payload.read(data, event_id="a" * 32, received_at=MOMENT, remote_addr="192.0.2.7")
    except payload.UnreadableEvent:
        return
    for text in (first.title, first.key, first.culprit, first.release, first.environment, first.platform):
        assert "\0" not in text
        text.encode()
    for name, value in first.tags.items():
        assert "\0" not in name + value
        (name + value).encode()
    assert b"\\u0000" not in first.data.replace(b"\\\\", b"")
    again = payload.read(first.data, event_id="a" * 32, received_at=MOMENT, remote_addr="192.0.2.7")
    assert (again.key, again.title, again.tags) == (first.key, first.title, first.tags)
    assert again.payload == first.payload


def rules(data: bytes) -> None:
    """Any text is read as fingerprint rules or has mistakes, any event can be decided, and a suggested rule takes its event."""
    text, _, rest = data.partition(b"\0")
    parsed = parsing.parse(text.decode(errors="replace"))
    assert all(mistake.line > 0 and mistake.column > 0 for mistake in parsed.mistakes)
    try:
        found = tolerant_json.loads_object(rest)
    except tolerant_json.NotJson:
        return
    matching.RuleSet(parsed.rules).decide(found, None, str)
    if suggested := writing.suggested(found):
        own = parsing.parse(suggested)
        assert not own.mistakes, (suggested, own.mistakes)
        assert matching.RuleSet(own.rules).decide(found, None, str) is not None, suggested


def large(data: bytes) -> None:
    """A too large event is cut to its limit and stays as it is when read again; the members of the original are found."""
    limit, rest = 256 + (data[0] * 16 if data else 0), data[1:]
    try:
        cut = payload.read(rest, event_id="a" * 32, received_at=MOMENT, limit=limit)
    except payload.UnreadableEvent:
        return
    assert len(cut.notes) <= notes.MOST + 2
    if len(rest) > limit:
        assert len(cut.data) <= limit
        again = payload.read(cut.data, event_id="a" * 32, received_at=MOMENT, limit=limit)
        assert (again.data, again.salvaged) == (cut.data, False)
    try:
        value = orjson.loads(rest)
    except orjson.JSONDecodeError:
        return
    found = {name: orjson.loads(b"{%b}" % rest[start:end]) for name, start, end in parse_budget.members(rest)}
    assert found == {name: {name: member} for name, member in value.items()}


def dump(data: bytes) -> None:
    """A crash dump is read as far as it is valid, or is refused."""
    try:
        found = minidump.read(lambda offset, length: data[offset : offset + length], len(data))
    except minidump.NotMinidump:
        found = None
    tolerant_json.dumps(crash_event.event({}, found))


def form(data: bytes) -> None:
    """A form's parts are the same however it is cut, where it is not refused; its fields make an event."""
    stride, rest = data[0] % 31 + 1 if data else 1, data[1:]

    def parts(pieces: list[bytes]) -> list[tuple[multipart.Part, bytes]] | None:
        found: list[tuple[multipart.Part, bytes]] = []
        try:
            reader = multipart.Reader(b"x")
            for piece in pieces:
                for read in reader.feed(piece):
                    if isinstance(read, multipart.Part):
                        found.append((read, b""))
                    elif isinstance(read, bytes):
                        found[-1] = (found[-1][0], found[-1][1] + read)
            reader.close()
        except Refused:
            return None
        return found

    whole = parts([rest])
    cut = parts([rest[at : at + stride] for at in range(0, len(rest), stride)])
    # python-multipart finds a broken preamble in small pieces only.
    assert cut is None or whole is None or cut == whole
    fields = [(part.name, value.decode(errors="replace")) for part, value in whole or []]
    tolerant_json.loads(tolerant_json.dumps(form_fields.event(fields)))


def page(data: bytes) -> None:
    """Every event that can be read is shown within PAGE_SECONDS of CPU time and PAGE_BYTES. Its texts and arrays are
    repeated: what is costly in proportion to more than its size shows only when it is large."""
    texts, arrays, rest = (1 << data[0] % 16, 1 << data[1] % 16, data[2:]) if len(data) > 2 else (1, 1, b"")
    started = time.process_time()
    try:
        event, _ = tolerant_json.loads(rest)
    except tolerant_json.NotJson:
        return
    grown = tolerant_json.dumps(_repeated(event, texts, arrays))
    if len(grown) > _LARGEST_PAGE:
        return
    try:
        html, markdown, sent = pages.render(grown)
    except payload.UnreadableEvent:
        return
    assert len(html) < 2 * PAGE_BYTES
    assert len(markdown) < 20_000
    assert len(sent) < 2 * _LARGEST_PAGE
    seconds = time.process_time() - started
    # Slow and busy machines need longer for everything.
    allowed = 2 * PAGE_SECONDS * max(1.0, _loop_seconds() / _LOOP_SECONDS)
    assert seconds < allowed, f"two pages took {seconds:.1f} s of CPU time, where {allowed:.1f} s are allowed"


def _loop_seconds() -> float:
    """The CPU time that this machine needs now for a million steps of Python."""
    started, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number % 7
    return time.process_time() - started


def _repeated(value: Any, texts: int, arrays: int) -> Any:
    """`value` with its texts and arrays repeated, each to at most a mebibyte."""
    if isinstance(value, str):
        return value * min(texts, _MOST // max(1, len(value)))
    if isinstance(value, list):
        members = [_repeated(each, texts, 1) for each in value]
        return members * max(1, min(arrays, _MOST // len(tolerant_json.dumps(members))))
    if isinstance(value, dict):
        return {key: _repeated(member, texts, arrays) for key, member in value.items()}
    return value


def header(data: bytes) -> None:
    """What a header passes on into a record can be written, and is the same when it is read again."""
    given = json_object.parse(data)
    if given is None:
        return
    meta = {
        "sdk": header_values.sdk(given.get("sdk", given)),
        **header_values.attachment("a" * 32, **header_values.item_headers(given)),
    }
    found = Record(
        "event", 1, "a" * 32, 1.0, None, header_values.sent_at(given.get("sent_at")), b"{}", None, meta
    )
    encoded = found.encode()
    assert b"\\u0000" not in encoded.replace(b"\\\\", b"")
    assert len(encoded) < 20_000
    assert list(record.read(encoded)) == [found]


def report(data: bytes) -> None:
    """A browser's report becomes an event that can be read, or is refused."""
    try:
        found = security_reports.reports(data)
        for one in found:
            if isinstance(one, dict):
                orjson.loads(security_reports.event(one, release="", environment="", user_agent=""))
    except Refused:
        pass


def symbols(data: bytes) -> None:
    """Any bytes are read as a map, mapping or debug file and looked up in, or refused with a short reason. What ends the process is found
    by atheris; the first byte chooses the reader."""
    kind, rest = (data[0] % 5, data[1:]) if data else (0, data)
    try:
        if kind == 0:
            loaded, _ = javascript.loaded(b"", rest)
            places = {"positions": [[1, 1], [1, 9], [2, 1], [9, 9]], "context": 3}
            for one in javascript.answer(loaded, places):
                assert one is None or max(map(len, [one[5] or "", *one[6], *one[7]])) <= 1000
                orjson.dumps(one)
            return
        file = contents(rest)
        try:
            if kind == 1:
                question: dict[str, Any] = {"frames": [["a.b", "a", 1], ["a.b", "a", 0]], "classes": ["a.b"]}
                orjson.dumps(java.answer(java.load([file], {})[0], question))
            elif kind == 2:
                orjson.dumps(dart.answer(dart.loaded(rest)[0], {"names": ["a", "a.b<c>"]}))
            elif kind == 3:
                bundle, _ = bundles.load([file], {})
                bundles.answer(bundle, {"path": "/a", "line": 1, "context": 3})
            else:
                for one in native.load_objects([file], {})[0]:
                    cache, _ = native.load([file], {"debug_id": one[0]})
                    orjson.dumps(native.answer(cache, {"addresses": [0, 0x1000, 0x1003, (1 << 64) - 1]}))
        finally:
            os.close(file.descriptor)
    except Unreadable as refused:
        reason = refused.reason
    else:
        return
    assert 0 < len(reason) < 400
    assert reason.isprintable()


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (envelope, body, packed, event, rules, large, dump, form, page, header, report, symbols)
}
