from __future__ import annotations

import asyncio
import base64
import gzip
import json
import re
import zlib
from pathlib import Path

import brotli
import pytest

from ingest.edge.decode.content_encoding import zstd
from ingest.edge.errors import Unavailable
from ingest.edge.holder import Holder
from ingest.edge.size_limits import SizeLimits
from tests.ingest.conftest import KEY, MIB, PROJECT, Edge, an_edge
from tests.lib.envelopes import EVENT, ID, with_one_item


async def test_an_event_is_accepted(edge: Edge) -> None:
    sent_at = "2026-11-23T10:00:00Z"
    answer = await edge.send(body=with_one_item(header={"event_id": ID, "sent_at": sent_at}))
    assert (answer.status, answer.json) == (200, {"id": ID})
    assert answer.headers["content-type"] == "application/json"
    assert "retry-after" not in answer.headers
    (record,) = await edge.records()
    assert record.payload == EVENT
    assert (record.kind, record.project_id, record.event_id) == ("event", PROJECT, ID)
    assert (record.sent_at, record.remote_addr) == (sent_at, "192.0.2.1")


@pytest.mark.parametrize("header_id", [ID.upper(), "a1b2c3d4-a1b2-c3d4-a1b2-c3d4a1b2c3d4"])
async def test_the_id_in_the_envelope_header_takes_precedence_in_any_spelling(
    edge: Edge, header_id: str
) -> None:
    assert (await edge.send(body=with_one_item(header={"event_id": header_id}))).json == {"id": ID}


@pytest.mark.parametrize("header", [{}, {"event_id": None}, {"event_id": "nonsense"}])
async def test_otherwise_the_id_is_the_payloads_or_a_new_one(edge: Edge, header: dict[str, object]) -> None:
    assert (await edge.send(body=with_one_item(header=header))).json == {"id": "f" * 32}
    for payload in (b"{}", b'{"event_id": 7}', b'{"event_id":', b'{"a":NaN}', b'{"a":' + b"[" * 100_000):
        answer = await edge.send(body=with_one_item(payload, header))
        assert re.fullmatch("[0-9a-f]{32}", answer.json["id"])
    records = await edge.records()
    assert len({record.event_id for record in records}) == 6


async def test_an_envelope_without_an_event_may_have_no_id(edge: Edge) -> None:
    assert (await edge.send(body=b"{}")).json == {}
    assert (await edge.send(body=with_one_item(b"{}", {}, "profile"))).json == {}
    assert (await edge.send(body=with_one_item(b"{}", None, "transaction"))).json == {"id": ID}
    assert await edge.records() == []
    assert (await edge.send(body=with_one_item(b"{}", {}, "session"))).json == {}
    (session,) = await edge.records()
    assert re.fullmatch("[0-9a-f]{32}", session.event_id)


async def test_unknown_items_are_skipped(edge: Edge) -> None:
    body = (
        with_one_item()
        + b'{"type":"replay_recording","length":5}\n\x00\n\xff\n{\n{"type":"never_heard_of"}\n{}\n'
    )
    assert (await edge.send(body=body)).status == 200
    assert len(await edge.records()) == 1


async def test_a_malformed_envelope_leaves_nothing(edge: Edge) -> None:
    answer = await edge.send(body=with_one_item()[:-9])
    assert answer.status == 400
    assert await edge.records() == []


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]\n", with_one_item(b""), with_one_item(b"[]"), with_one_item(b"text"), with_one_item()[:40] + with_one_item()[50:]],
)  # fmt: skip
async def test_malformed_is_400(edge: Edge, body: bytes) -> None:
    answer = await edge.send(body=body)
    assert answer.status == 400
    assert answer.json["error"]["type"] == "ValidationError"
    assert answer.json["detail"] == answer.json["error"]["message"]
    assert all(isinstance(cause, str) for cause in answer.json["causes"])
    assert await edge.records() == []


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress),
        ("", bytes), ("identity", bytes), ("UTF-8", bytes),
    ],
)  # fmt: skip
async def test_encodings_and_chunks(edge: Edge, encoding: str, encode: object) -> None:
    body = encode(with_one_item())  # type: ignore[operator]
    for chunks in ([body], [bytes([byte]) for byte in body], [b"", body, b""]):
        answer = await edge.send(body=chunks, headers={"Content-Encoding": encoding})
        assert answer.status == 200
    assert [record.payload for record in await edge.records()] == [EVENT] * 3


async def test_unknown_and_wrong_encodings(edge: Edge) -> None:
    answer = await edge.send(body=with_one_item(), headers={"Content-Encoding": "lzma"})
    assert answer.status == 415
    answer = await edge.send(body=with_one_item(), headers={"Content-Encoding": "gzip"})
    assert answer.status == 400
    answer = await edge.send(body=gzip.compress(with_one_item())[:-4], headers={"Content-Encoding": "gzip"})
    assert answer.status == 400
    assert await edge.records() == []


class TestWhoMaySend:
    async def test_any_form_of_key(self, edge: Edge) -> None:
        for headers in (
            {"X-Sentry-Auth": f"Sentry sentry_key={KEY}"},
            {"Authorization": f"sentry sentry_key={KEY}"},
        ):
            assert (await edge.send(body=with_one_item(), headers=headers, key=None)).status == 200
        assert (await edge.send(body=with_one_item(), query=f"sentry_key={KEY}", key=None)).status == 200
        dsn = {"event_id": ID, "dsn": f"https://{KEY}@example.org/42"}
        for chunks in ([with_one_item(header=dsn)], [bytes([byte]) for byte in with_one_item(header=dsn)]):
            assert (await edge.send(body=chunks, key=None)).status == 200
        assert len(await edge.records()) == 5

    async def test_every_failure_is_the_same_401(self, edge: Edge) -> None:
        dsn = f"https://{'f' * 32}@example.org/42"
        answers = [
            await edge.send(body=with_one_item(), key=None),
            await edge.send(body=with_one_item(), key="f" * 32),
            await edge.send(body=with_one_item(), key="nonsense"),
            await edge.send("/api/43/envelope/", with_one_item()),
            await edge.send("/api/0/envelope/", with_one_item()),
            await edge.send(f"/api/{'9' * 5000}/envelope/", with_one_item()),
            await edge.send("/api/43/store/", EVENT),
            await edge.send("/api/42/store/", EVENT, key=None),
            await edge.send("/api/42/security/", b"{}", key=None),
            await edge.send(body=with_one_item(header={"dsn": dsn}), key=None),
            await edge.send(body=with_one_item(header={"dsn": 7}), key=None),
            await edge.send(body=b"nonsense", key=None),
            await edge.send(body=b"", key=None),
            await edge.send(body=b'{}\n{"type":', key=None),
        ]
        assert {answer.status for answer in answers} == {401}
        assert len({answer.body for answer in answers}) == 1
        assert len({tuple(answer.headers.items()) for answer in answers}) == 1
        assert answers[0].json["error"]["type"] == "Unauthorized"
        assert await edge.records() == []

    async def test_the_requests_own_key_takes_precedence_over_the_dsn(self, edge: Edge) -> None:
        header = {"event_id": ID, "dsn": f"https://{'f' * 32}@example.org/7"}
        assert (await edge.send(body=with_one_item(header=header))).status == 200

    async def test_a_malformed_envelope_with_a_valid_dsn_is_400(self, edge: Edge) -> None:
        header = json.dumps({"dsn": f"https://{KEY}@example.org/42"}).encode()
        assert (await edge.send(body=header + b"\nnonsense", key=None)).status == 400


class TestLimits:
    async def test_the_event(self, tmp_path: Path) -> None:
        edge = an_edge(tmp_path / "spool", SizeLimits(event=100_000, body=3 * MIB, encoded_body=2 * MIB))
        payload = b"{" + b" " * (800_000 - 2) + b"}"  # eight times the limit can be cut to it
        assert (await edge.send(body=with_one_item(payload))).status == 200
        assert (await edge.send("/api/42/store/", payload)).status == 200
        for path, body in (
            ("/api/42/envelope/", with_one_item(payload + b" ")),
            ("/api/42/envelope/", b'{}\n{"type":"event"}\n' + payload + b" "),
            ("/api/42/store/", payload + b" "),
        ):
            for headers, sent in (({}, body), ({"Content-Encoding": "gzip"}, gzip.compress(body))):
                answer = await edge.send(path, sent, headers)
                assert (answer.status, answer.json["error"]["type"]) == (413, "PayloadTooLarge")
        assert len(await edge.records()) == 2

    async def test_the_whole_body(self, edge: Edge) -> None:
        attachment = with_one_item(bytes(3 * MIB), kind="attachment")
        assert (await edge.send(body=with_one_item(bytes(MIB), kind="attachment"))).status == 200
        assert (await edge.send(body=attachment)).status == 413
        assert (await edge.send(body=[attachment[:MIB], attachment[MIB:]])).status == 413
        assert (
            await edge.send(body=gzip.compress(attachment), headers={"Content-Encoding": "gzip"})
        ).status == 413

    async def test_the_declared_length(self, edge: Edge) -> None:
        for length in (str(3 * MIB + 1), "9" * 5000):
            assert (await edge.send(body=b"{}", headers={"Content-Length": length})).status == 413
        packed = {"Content-Encoding": "gzip", "Content-Length": str(2 * MIB + 1)}
        assert (await edge.send(body=gzip.compress(b"{}"), headers=packed)).status == 413
        assert (await edge.send(body=b"{}", headers={"Content-Length": str(2 * MIB + 1)})).status == 200

    async def test_the_rest_of_a_refused_body_is_read(self, edge: Edge) -> None:
        taken = []

        def chunks() -> list[bytes]:
            taken.append(1)
            return [b"x" * 1000] * 100

        answer = await edge.send(body=chunks(), key="f" * 32)
        assert answer.status == 401


class TestStore:
    async def test_an_event(self, edge: Edge) -> None:
        assert (await edge.send("/api/42/store/", EVENT)).json == {"id": "f" * 32}
        assert [record.payload for record in await edge.records()] == [EVENT]

    async def test_base64_of_zlib_as_old_clients_send_it(self, edge: Edge) -> None:
        packed = base64.b64encode(zlib.compress(EVENT))
        assert (
            await edge.send("/api/42/store/", packed, {"Content-Type": "application/octet-stream"})
        ).status == 200
        assert [record.payload for record in await edge.records()] == [EVENT]

    async def test_a_base64_bomb(self, edge: Edge) -> None:
        packed = base64.b64encode(zlib.compress(b"{" + b" " * (100 * MIB) + b"}"))
        assert (await edge.send("/api/42/store/", packed)).status == 413

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"nonsense", b"{", b"bm9uc2Vuc2U=", base64.b64encode(zlib.compress(EVENT)[:-5])]
    )
    async def test_malformed(self, edge: Edge, body: bytes) -> None:
        assert (await edge.send("/api/42/store/", body)).status == 400

    async def test_nan_is_accepted(self, edge: Edge) -> None:
        body = b'{"event_id":"%s","extra":{"a":NaN,"b":"\\ud83d"}}' % ID.encode()
        assert (await edge.send("/api/42/store/", body)).json == {"id": ID}

    async def test_transactions_are_not_kept(self, edge: Edge) -> None:
        assert (await edge.send("/api/42/store/", b'{"type":"transaction"}')).status == 200
        assert await edge.records() == []

    async def test_an_envelope_when_the_type_says_so(self, edge: Edge) -> None:
        headers = {"Content-Type": "application/x-sentry-envelope; charset=utf-8"}
        assert (await edge.send("/api/42/store/", with_one_item(), headers)).json == {"id": ID}


class TestSecurity:
    REPORT = {
        "document-uri": "https://shop.example.org/cart",
        "effective-directive": "img-src",
        "blocked-uri": "https://evil.example.com/pixel.png",
    }

    async def test_a_report_becomes_an_event(self, edge: Edge) -> None:
        answer = await edge.send(
            "/api/42/security/",
            json.dumps({"csp-report": self.REPORT}).encode(),
            {"Content-Type": "application/csp-report", "User-Agent": "Firefox"},
            query=f"sentry_key={KEY}&sentry_environment=production&sentry_release=shop%401",
            key=None,
        )
        (record,) = await edge.records()
        assert (answer.status, answer.json) == (200, {"id": record.event_id})
        event = json.loads(record.payload)
        assert event["message"] == "Blocked 'image' from 'evil.example.com'"
        assert (event["level"], event["transaction"]) == ("error", "img-src")
        assert (event["release"], event["environment"]) == ("shop@1", "production")
        assert event["request"]["headers"]["User-Agent"] == "Firefox"

    async def test_a_list_of_reports(self, edge: Edge) -> None:
        body = {
            "documentURL": "https://a.example",
            "effectiveDirective": "script-src-elem",
            "blockedURL": "inline",
        }
        reports = [{"type": "csp-violation", "body": body}, {"type": "deprecation", "body": {}}] * 2
        answer = await edge.send(
            "/api/42/security/", json.dumps(reports).encode(), {"Content-Type": "application/reports+json"}
        )
        records = await edge.records()
        assert answer.json == {"id": records[0].event_id}
        assert [json.loads(record.payload)["message"] for record in records] == [
            "Blocked unsafe inline 'script'"
        ] * 2

    async def test_other_reports_and_other_types(self, edge: Edge) -> None:
        headers = {"Content-Type": "application/json"}
        assert (await edge.send("/api/42/security/", b'{"expect-ct-report":{}}', headers)).json == {}
        assert (await edge.send("/api/42/security/", b"nonsense", headers)).status == 400
        assert (await edge.send("/api/42/security/", b"[1]", headers)).status == 400
        assert (await edge.send("/api/42/security/", b"{}", {"Content-Type": "text/html"})).status == 415
        assert await edge.records() == []


class TestBrowsers:
    async def test_preflight(self, edge: Edge) -> None:
        for path in ("/api/42/envelope/", "/api/7/store", "/api/1/security/"):
            answer = await edge.send(path, method="OPTIONS", key=None)
            assert (answer.status, answer.body) == (200, b"")
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "POST" in answer.headers["access-control-allow-methods"]
            assert "x-sentry-auth" in answer.headers["access-control-allow-headers"]
            assert answer.headers["access-control-max-age"] == "3600"

    async def test_browsers_may_read_every_answer(self, edge: Edge) -> None:
        answers = [
            await edge.send(body=with_one_item()),
            await edge.send(body=with_one_item(), key=None),
            await edge.send(body=b"nonsense"),
            await edge.send(body=with_one_item(bytes(4 * MIB))),
            await edge.send(body=b"", headers={"Content-Encoding": "x"}),
            await edge.send(method="GET"),
        ]
        assert [answer.status for answer in answers] == [200, 401, 400, 413, 415, 405]
        for answer in answers:
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "x-sentry-error" in answer.headers["access-control-expose-headers"]
            assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
            assert "access-control-allow-credentials" not in answer.headers

    async def test_other_methods(self, edge: Edge) -> None:
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            answer = await edge.send(method=method)
            assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")


async def test_nothing_is_stored_when_the_client_disconnects(edge: Edge) -> None:
    await edge.send(body=[with_one_item()], complete=False)
    assert await edge.records() == []


async def test_a_body_must_arrive_in_time(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.lib.http.body_deadline.GRACE_SECONDS", 0.05)
    sent = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "method": "POST",
        "path": "/api/42/envelope/",
        "query_string": f"sentry_key={KEY}".encode(),
        "headers": [],
        "client": None,
    }  # fmt: skip
    await asyncio.wait_for(edge.intake(scope, receive, send), 5)
    assert sent[0]["status"] == 408


async def test_a_spool_that_cannot_be_written_is_503(edge: Edge) -> None:
    edge.directory.write_text("a file where the spool should be")
    answer = await edge.send(body=with_one_item())
    assert answer.status == 503
    assert "File exists" in answer.json["detail"] or "Not a directory" in answer.json["detail"]
    assert answer.headers["retry-after"] == "5"
    edge.directory.unlink()
    assert (await edge.send(body=with_one_item())).status == 200
    assert len(await edge.records()) == 1


async def test_errors_of_our_own_are_500_and_reveal_nothing(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(key: str) -> Holder:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(edge.intake.resources.keys, "holder", broken)
    answer = await edge.send(body=with_one_item())
    assert (answer.status, answer.json["error"]["type"]) == (500, "InternalError")
    assert b"secret" not in answer.body
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_without_the_database_unknown_keys_are_503(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(key: str) -> Holder:
        raise Unavailable("the database does not answer; try again later")

    monkeypatch.setattr(edge.intake.resources.keys, "holder", down)
    assert (await edge.send(body=with_one_item())).status == 503
