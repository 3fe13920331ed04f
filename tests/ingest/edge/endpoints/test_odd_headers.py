"""Whatever a header contains, what is accepted with it is stored: from the request to the rows, on either database."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.models import IntakeRequest
from ingest.spool import Record
from issues.models import Attachment, Event, UserReport
from tests.ingest.conftest import KEY, Edge
from tests.lib.forms import FORM, a_form, field

ID = "a" * 32
NUL = "a\\u0000b"
DEEP = b'{"a":' * 900 + b"1" + b"}" * 900
EVENT = b'{"type":"event"}\n{"message":"boom"}\n'


def digest(edge: Edge, shop: Project, records: Sequence[Record]) -> None:
    spool.write_sealed(edge.directory, [replace(record, project_id=shop.pk) for record in records])
    loop.drain(edge.directory)
    assert not (edge.directory / "quarantine").exists()


@pytest.mark.parametrize(
    "header",
    [
        b'{"sdk":{"name":"a\\u0000b"}}',
        b'{"sdk":{"name":"\\ud83d","version":"\\udc00\\u0000"}}',
        b'{"sdk":{"name":"x","version":"%s"}}' % (b"1" * 50_000),
        b'{"sdk":%b}' % DEEP,
        b'{"sdk":{"name":"x","a":%b}}' % DEEP,
        b'{"sdk":{"name":"x","settings":{"infer_ip":%b}}}' % DEEP,
        b'{"sdk":{"name":1e999,"version":%b}}' % (b"9" * 5000),
        b'{"sdk":{"name":-123456789012345678901234567890,"version":[]}}',
        b'{"sdk":{"name":"x","settings":{"infer_ip":"\\u0000"}}}',
        b'{"sdk":{"name":{"a":"b"},"packages":[{"name":"\\u0000"}],"integrations":["\\u0000"]}}',
        b'{"sdk":"\\u0000"}',
        b'{"sdk":[]}',
        b'{"sent_at":"2026-11-26T10:00:00Z\\u0000"}',
        b'{"sent_at":"\\ud83d"}',
        b'{"sent_at":1e400}',
        b'{"event_id":"\\u0000"}',
        b'{"event_id":%b}' % (b"9" * 5000),
        b'{"trace":{"public_key":"\\u0000","a":%b}}' % DEEP,
    ],
    ids=range(18),
)
def test_events_with_any_header_are_stored(edge: Edge, shop: Project, header: bytes) -> None:
    async def send() -> list[Record]:
        answer = await edge.send(body=header + b"\n" + EVENT)
        if answer.status == 400:
            assert answer.json["detail"] == "the envelope header is not a JSON object on a line of its own"
            return []
        assert answer.status == 200
        return await edge.records()

    records = asyncio.run(send())
    digest(edge, shop, records)
    assert Event.objects.count() == len(records)


@pytest.mark.parametrize(
    "header", [b'{"sdk":{"name":NaN}}', b'{"a":[NaN,%b]}' % (b"9" * 30), b'{"a":Infinity}']
)
async def test_a_header_that_is_not_json_is_a_clear_400(edge: Edge, header: bytes) -> None:
    answer = await edge.send(body=header + b"\n" + EVENT)
    assert answer.status == 400
    assert "envelope header" in answer.json["detail"]
    await edge.records()
    assert edge.counts == {(42, "default", "malformed", "malformed_envelope"): 1}


@pytest.mark.parametrize("name", ["filename", "content_type", "attachment_type"])
@pytest.mark.parametrize("value", [NUL, "\\ud83d", "x" * 60_000, "\\u0000" * 2000])
def test_attachments_with_any_header_are_stored(edge: Edge, shop: Project, name: str, value: str) -> None:
    async def send() -> list[Record]:
        item = '{"type":"attachment","length":1,"%s":"%s"}\nx\n' % (name, value)  # noqa: UP031
        assert (
            await edge.send(body=b'{"event_id":"%b"}\n' % ID.encode() + EVENT + item.encode())
        ).status == 200
        return await edge.records()

    records = asyncio.run(send())
    digest(edge, shop, [replace(record, file=None) for record in records])
    assert (Event.objects.count(), Attachment.objects.count()) == (1, 1)


def test_forms_and_reports_with_any_header_are_stored(edge: Edge, shop: Project) -> None:
    async def send() -> list[Record]:
        named = "Content-Disposition: form-data; name=\"a\"; filename*=utf-8''a%00b%ED%A0%BD"
        path = f"/api/42/events/{ID}/attachments/"
        assert (await edge.send(path, a_form([(named, b"x")]), FORM)).status == 201
        dump = (
            'Content-Disposition: form-data; name="upload_file_minidump"; filename="a%00\0"',
            b"MDMP" + bytes(60),
        )
        odd = (field("sentry[a\0][b]"), b"\0\xff")
        assert (await edge.send("/api/42/minidump/", a_form([dump, odd]), FORM)).status == 200
        report = {"csp-report": {"blocked-uri": "a\0b", "effective-directive": "\ud83d"}}
        csp = {"Content-Type": "application/csp-report", "User-Agent": "a\0b"}
        query = "sentry_release=%00&sentry_environment=%ED%A0%BD%00"
        answer = await edge.send("/api/42/security/", json.dumps(report).encode(), csp, query=query)
        assert answer.status == 200
        given = {"name": "a\0b", "email": "a\0@b", "comments": "\ud83d\0", "event_id": ID}
        for kind in ("user_report", "feedback"):
            said = {"contexts": {"feedback": {"message": given["comments"]}}} if kind == "feedback" else given
            body = b'{}\n{"type":"%b"}\n%b' % (kind.encode(), json.dumps(said).encode())
            assert (await edge.send(body=body)).status == 200
        answer = await edge.send("/api/0/projects/a/b/user-feedback/", json.dumps(given).encode())
        assert answer.status == 200
        assert (await edge.send("/api/42/cron/a%00b/", query="status=ok&environment=%00")).status == 202
        return await edge.records()

    records = asyncio.run(send())
    digest(edge, shop, [replace(record, file=None) for record in records])
    assert Event.objects.count() == 2
    assert UserReport.objects.exists()


def test_the_latest_requests_are_stored_whatever_they_were(edge: Edge, shop: Project) -> None:
    odd = "a\0b\xff" + "x" * 5000
    headers = {"User-Agent": odd, "Origin": odd, "Content-Encoding": "", "X-Forwarded-For": odd}

    async def send() -> None:
        await edge.send(body=b'{}\n{"type":"\\u0000\\ud83d%b"}\n{}' % (b"x" * 200), headers=headers)
        await edge.send(body=b"{}", headers={**headers, "Content-Encoding": odd})
        await edge.send(
            body=b"{}",
            headers={**headers, "X-Sentry-Auth": f"Sentry sentry_key={KEY}, sentry_client={odd}"},
            key=None,
        )
        await edge.send("/api/42/store/", gzip.compress(b"{"), {**headers, "Content-Encoding": "gzip"})
        await edge.intake.close()

    asyncio.run(send())
    renumber(edge.directory, shop)
    loop.drain(edge.directory)
    assert not (edge.directory / "quarantine").exists()
    found = list(IntakeRequest.objects.all())
    assert len(found) == 4
    for one in found:
        assert "\0" not in one.client + one.origin + json.dumps(one.detail)
        assert len(one.client) <= 128


def renumber(directory: Path, shop: Project) -> None:
    """Have what was counted for project 42 be the shop's."""
    for claim in spool.Backlog(directory).claim(1 << 30):
        records = [record for _, record in claim.segment.records()]
        claim.segment.settle()
        payloads = [
            replace(record, payload=record.payload.replace(b"[42,", b"[%d," % shop.pk)) for record in records
        ]
        spool.write_sealed(directory, payloads)
