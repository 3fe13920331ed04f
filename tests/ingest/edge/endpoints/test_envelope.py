from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import pytest

from ingest.edge.decode.content_encoding import PIECE
from ingest.edge.delivery import MAX_FILES, MEMORY_BYTES
from ingest.edge.holder import Holder
from ingest.edge.size_limits import SizeLimits
from ingest.rate_limits.windows import RateLimits
from ingest.spool import files
from tests.ingest.conftest import KEY, MIB, Edge, an_edge
from tests.lib.envelopes import ID, an_envelope, an_item

OWN = "f" * 32


def left(edge: Edge) -> list[str]:
    return [path.name for path in files.named(edge.directory, files.BLOB)]


async def test_every_kept_type_is_a_record_of_its_kind_in_order(edge: Edge) -> None:
    kinds = [
        "attachment",
        "session",
        "sessions",
        "user_report",
        "client_report",
        "check_in",
        "event",
        "feedback",
    ]
    body = an_envelope(
        *[an_item(kind, {"of": kind}) for kind in kinds], event_id=ID, sent_at="2026-11-23T10:00:00Z"
    )
    assert (await edge.send(body=body)).json == {"id": ID}
    records = await edge.records()
    assert [(record.kind, json.loads(record.payload)["of"]) for record in records] == [
        (kind, kind) for kind in kinds
    ]
    assert {record.sent_at for record in records} == {"2026-11-23T10:00:00Z"}
    assert {record.event_id for record in records if record.kind != "feedback"} == {ID}


async def test_other_types_are_skipped_and_counted(edge: Edge) -> None:
    others = ["transaction", "span", "profile", "replay_event", "log", "trace_metric", "never_heard_of"]
    body = an_envelope(*[an_item(kind, b"\x00\n{") for kind in others], an_item("event"), event_id=ID)
    assert (await edge.send(body=body)).status == 200
    assert [record.kind for record in await edge.records()] == ["event"]
    assert edge.counts == {
        (42, category, "unsupported", ""): 1
        for category in ("transaction", "span", "profile", "replay", "log_item", "trace_metric", "default")
    }
    (seen,) = edge.seen
    assert (seen.status, seen.reason, seen.event_id) == (200, "", ID)
    assert seen.detail["items"] == dict.fromkeys([*others, "event"], 1)
    assert seen.detail["not_kept"] == 7
    assert seen.detail["bytes"] == len(body)


class TestAttachments:
    async def test_they_are_written_to_files_with_their_headers(self, edge: Edge) -> None:
        about = {"filename": "ä.txt", "content_type": "text/plain", "attachment_type": "event.minidump"}
        body = an_envelope(
            an_item("attachment", b"\x00\n\xff", **about), an_item("attachment", b"", filename=7)
        )
        answer = await edge.send(body=body)
        first, second = await edge.records()
        assert None not in (first.file, second.file)
        assert (first.payload, second.payload) == (b"\x00\n\xff", b"")
        assert first.event_id == second.event_id == answer.json["id"]
        assert {name: first.meta[name] for name in about} == about
        assert second.meta["filename"] == ""
        assert re.fullmatch("[0-9a-f]{32}", first.meta["id"])
        assert first.meta["id"] != second.meta["id"]
        assert left(edge) == []

    async def test_placeholders_are_not_attachments(self, edge: Edge) -> None:
        body = an_envelope(
            an_item("attachment", content_type="application/vnd.sentry.trace-attachment", meta_length=1),
            an_item("attachment", content_type="Application/Vnd.Sentry.Attachment-Ref+JSON; charset=utf-8"),
        )  # fmt: skip
        assert (await edge.send(body=body)).json == {}
        assert await edge.records() == []
        assert edge.counts == {(42, "attachment", "unsupported", ""): 2}

    async def test_a_large_one_in_any_chunks(self, edge: Edge) -> None:
        payload = bytes(range(256)) * 10_000
        body = an_envelope(an_item("attachment", payload), an_item("event"), event_id=ID)
        for size in (len(body), 70_000, 5_001):
            chunks = [body[at : at + size] for at in range(0, len(body), size)]
            assert (await edge.send(body=chunks)).status == 200
            assert [record.payload for record in await edge.records()] == [payload, b"{}"]

    @pytest.mark.parametrize(
        ("damage", "status"),
        [
            (an_item("event") + an_item("event"), 400),
            (an_item("attachment", b"x" * 2_000_001), 413),
            (b'{"type":"attachment"}\n' + b"x" * 2_000_001, 413),
            (an_item("attachment") * 4, 413),
        ],
    )
    async def test_a_refused_envelope_leaves_nothing(
        self, tmp_path: Path, damage: bytes, status: int
    ) -> None:
        edge = an_edge(
            tmp_path,
            SizeLimits(event=MIB, body=9 * MIB, encoded_body=MIB, attachment=2_000_000, attachments=3),
        )
        body = an_envelope(an_item("attachment", b"x" * 300_000), damage, event_id=ID)
        assert (await edge.send(body=body)).status == status
        await edge.send(body=[an_envelope(an_item("attachment", b"x" * 300_000))[:-9]], complete=False)
        assert left(edge) == []
        assert await edge.records() == []

    async def test_an_envelope_that_cannot_be_appended_leaves_nothing(
        self, edge: Edge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create_locked = files.create_locked

        def full(directory: Path, name: str, *, sync: bool, suffix: str = files.OPEN) -> tuple[int, Path]:
            if suffix == files.OPEN:
                raise OSError(errno.ENOSPC, "No space left on device")
            return create_locked(directory, name, sync=sync, suffix=suffix)

        monkeypatch.setattr(files, "create_locked", full)
        answer = await edge.send(body=an_envelope(an_item("attachment"), event_id=ID))
        assert answer.status == 503
        assert "No space left on device" in answer.json["detail"]
        assert left(edge) == []

    async def test_descriptors_are_bounded(self, tmp_path: Path) -> None:
        edge = an_edge(tmp_path, SizeLimits(event=MIB, body=9 * MIB, encoded_body=MIB, attachments=500))
        body = an_envelope(an_item("attachment", b"x") * (MAX_FILES + 1))
        assert (await edge.send(body=body)).status == 413
        assert left(edge) == []
        assert edge.counts == {}
        await edge.records()
        assert edge.counts == {(42, "attachment", "too_large", "too_many_items"): MAX_FILES + 1}


class TestUnreadableItems:
    """The parser's tests have all kinds of headers; these are about what becomes of the items."""

    BAD = b'{"type":"check_in","length":"2"}\n{}\n'

    async def test_siblings_are_kept_and_the_others_counted(self, edge: Edge) -> None:
        body = an_envelope(
            an_item("session"), self.BAD, an_item("event"), b"nonsense\n", an_item("attachment"), b'{"type":7}',
            event_id=ID,
        )  # fmt: skip
        answer = await edge.send(body=body)
        assert (answer.status, answer.json) == (200, {"id": ID})
        assert [record.kind for record in await edge.records()] == ["session", "event", "attachment"]
        assert edge.counts == {
            (42, "monitor", "malformed", "malformed_item"): 1,
            (42, "default", "malformed", "malformed_item"): 2,
        }
        (seen,) = edge.seen
        assert (seen.status, seen.reason) == (200, "")
        assert seen.detail["items"] == {"session": 1, "event": 1, "attachment": 1}
        assert seen.detail["unreadable"] == 3
        assert seen.detail["message"] == "an item's length is not a number of bytes"

    @pytest.mark.parametrize("kind", ["session", "attachment", "event", "transaction"])
    async def test_an_item_that_ends_too_early_is_left_out(self, edge: Edge, kind: str) -> None:
        payload = b"x" * 300_000
        body = an_envelope(
            an_item("user_report"), b'{"type":"%b","length":300001}\n' % kind.encode(), payload
        )
        for chunks in ([body], [body[at : at + 50_000] for at in range(0, len(body), 50_000)]):
            assert (await edge.send(body=chunks)).status == 200
            assert [record.kind for record in await edge.records()] == ["user_report"]
        assert left(edge) == []
        (key,) = edge.counts
        assert key[2:] == ("malformed", "malformed_item")
        assert edge.counts[key] == 2
        assert edge.seen[0].detail["items"] == {"user_report": 1}

    async def test_where_nothing_can_be_read_it_is_a_400(self, edge: Edge) -> None:
        for body, category in (
            (self.BAD, "monitor"),
            (b"nonsense", "default"),
            (self.BAD + b"nonsense", "monitor"),
            (b'{"type":"event"}\n{\n"message": "of several lines"\n}\n', "error"),
        ):
            answer = await edge.send(body=an_envelope(body, event_id=ID))
            assert answer.status == 400
            await edge.records()
            assert edge.counts.pop((42, category, "malformed", edge.seen[-1].reason)) == 1
        assert not edge.counts

    async def test_an_event_that_is_not_an_object_leaves_its_siblings(self, edge: Edge) -> None:
        body = an_envelope(an_item("event", b"[]"), an_item("attachment"), event_id=ID)
        assert (await edge.send(body=body)).json == {"id": ID}
        assert [record.kind for record in await edge.records()] == ["attachment"]
        assert edge.counts == {(42, "error", "malformed", "malformed_json"): 1}

    async def test_json_of_several_lines_without_a_length_is_not_half_an_event(self, edge: Edge) -> None:
        pretty = b'{"type":"event"}\n{\n  "message": "x"\n}\n'
        assert (await edge.send(body=an_envelope(pretty, an_item("session")))).status == 200
        assert [record.kind for record in await edge.records()] == ["session"]
        assert edge.counts == {(42, "error", "malformed", "malformed_item"): 1}

    async def test_one_event_too_many_among_what_cannot_be_read_is_left_out(self, edge: Edge) -> None:
        forged = b'{"type":"attachment","length":"?"}\nx\n{"type":"event"}\n{"forged":1}\n'
        body = an_envelope(an_item("event", {"true": 1}), forged, an_item("session"), event_id=ID)
        assert (await edge.send(body=body)).status == 200
        assert [record.payload for record in await edge.records()] == [b'{"true": 1}', b"{}"]

    async def test_a_rate_limit_counts_what_cannot_be_read_apart(self, tmp_path: Path) -> None:
        holder = Holder(42, (), RateLimits(project_minute=1))
        edge = an_edge(
            tmp_path / "spool", SizeLimits(event=MIB, body=MIB, encoded_body=MIB), holders={KEY: holder},
            gate=tmp_path / "gate",
        )  # fmt: skip
        body = an_envelope(an_item("event"), self.BAD, an_item("session"))
        assert [(await edge.send(body=body)).status for _ in range(2)] == [200, 429]
        assert [record.kind for record in await edge.records()] == ["event", "session", "session"]
        assert edge.counts == {
            (42, "monitor", "malformed", "malformed_item"): 2,
            (42, "error", "rate_limited", "project_minute"): 1,
        }

    async def test_a_header_of_the_envelope_that_cannot_be_read_is_counted(self, edge: Edge) -> None:
        for start in (b"{", b"\xef\xbb\xbf{}", b"[]", b'{"a":NaN}'):
            body = start + b"\n" + an_item("event")
            answer = await edge.send(body=body, key=None, query=f"sentry_key={KEY}")
            assert answer.status == 400
        assert await edge.records() == []
        assert edge.counts == {(42, "default", "malformed", "malformed_envelope"): 4}


class TestLargeEvents:
    PAYLOAD = json.dumps(
        {"extra": {"event_id": "0" * 32, "a": "é\\" * 60_000}, "event_id": OWN, "b": "x" * MIB}
    ).encode()

    @pytest.mark.parametrize("header", [{"event_id": ID}, {}])
    async def test_they_are_written_to_a_file_and_keep_their_id(
        self, edge: Edge, header: dict[str, str]
    ) -> None:
        body = an_envelope(an_item("event", self.PAYLOAD), an_item("session"), **header)
        for size in (len(body), 60_000):
            chunks = [body[at : at + size] for at in range(0, len(body), size)]
            answer = await edge.send(body=chunks)
            assert answer.json == {"id": header.get("event_id", OWN)}
            event, session = await edge.records()
            assert event.file is not None
            assert event.payload == self.PAYLOAD
            assert (session.kind, session.file) == ("session", None)

    async def test_many_small_items_do_not_stay_in_memory(self, edge: Edge) -> None:
        items = [an_item("client_report", b"[%s]" % (b" " * 90_000))] * 8
        assert (await edge.send(body=an_envelope(*items))).status == 200
        records = await edge.records()
        assert len(records) == 8
        assert sum(len(record.payload) for record in records if record.file is None) <= MEMORY_BYTES + PIECE


@pytest.mark.parametrize(
    ("kind", "size", "status"),
    [("client_report", 102_400, 200), ("client_report", 102_401, 413), ("check_in", 102_401, 413), ("user_report", MIB, 200), ("user_report", MIB + 1, 413), ("feedback", MIB + 1, 413), ("session", 2 * MIB, 200)],
)  # fmt: skip
async def test_a_small_item_has_its_limit(edge: Edge, kind: str, size: int, status: int) -> None:
    body = an_envelope(an_item("event"), an_item(kind, b"{" + b" " * (size - 2) + b"}"), event_id=ID)
    assert (await edge.send(body=body)).status == status
    assert len(await edge.records()) == (2 if status == 200 else 0)


async def test_too_many_of_a_type(edge: Edge) -> None:
    for kind in ("session", "sessions", "client_report"):
        assert (await edge.send(body=an_envelope(an_item(kind) * 100))).status == 200
        assert (await edge.send(body=an_envelope(an_item(kind) * 101))).status == 413
    assert len(await edge.records()) == 300
    assert (await edge.send(body=an_envelope(an_item("check_in") * 501))).status == 400


class TestIds:
    async def test_feedback_has_its_own_id(self, edge: Edge) -> None:
        feedback = an_item("feedback", {"event_id": OWN})
        for body, ids in (
            (an_envelope(feedback, event_id=ID), [ID]),
            (an_envelope(feedback), [OWN]),
            (an_envelope(feedback, an_item("attachment")), [OWN, OWN]),
            (an_envelope(an_item("event"), feedback, event_id=ID), [ID, OWN]),
            (an_envelope(an_item("event", {"event_id": ID}), feedback), [ID, OWN]),
        ):
            answer = await edge.send(body=body)
            assert answer.json == {"id": ids[0]}
            assert [record.event_id for record in await edge.records()] == ids

    async def test_items_without_an_id_get_a_new_one(self, edge: Edge) -> None:
        assert (await edge.send(body=an_envelope(an_item("session") * 2))).json == {}
        assert len({record.event_id for record in await edge.records()}) == 2

    async def test_the_header_s_sdk_goes_with_the_event(self, edge: Edge) -> None:
        sdk = {"name": "sentry.javascript.browser", "version": "11.0.0"}
        await edge.send(body=an_envelope(an_item("event"), sdk=sdk))
        await edge.send(body=an_envelope(an_item("event"), sdk="nonsense"))
        assert [record.meta for record in await edge.records()] == [{"sdk": sdk}, {}]


async def test_the_dsn_counts_only_without_another_key(edge: Edge) -> None:
    dsn = f"https://{KEY}@example.org/42"
    assert (await edge.send(body=an_envelope(an_item("attachment"), dsn=dsn), key=None)).status == 200
    assert (await edge.send(body=an_envelope(an_item("attachment"), dsn=dsn), key="f" * 32)).status == 401
    assert len(await edge.records()) == 1
    assert left(edge) == []
