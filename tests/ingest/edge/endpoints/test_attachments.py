from __future__ import annotations

from pathlib import Path

import pytest

from ingest.edge.size_limits import SizeLimits
from tests.ingest.conftest import MIB, PROJECT, Edge, an_edge
from tests.lib.forms import FORM, a_file, a_form, field

EVENT_ID = "a1b2c3d4" * 4
PATH = f"/api/42/events/{EVENT_ID}/attachments/"


async def test_each_file_is_an_attachment(edge: Edge) -> None:
    large = bytes(range(256)) * 4096
    body = a_form(
        [a_file("a", b"last words\n"), a_file("b", large, "core"), (field("note"), b"x"), a_file("c", b"")]
    )
    chunks = [body[at : at + 5000] for at in range(0, len(body), 5000)]
    dashed = "a1b2c3d4-a1b2-c3d4-a1b2-c3d4a1b2c3d4"
    for path in (PATH, PATH.rstrip("/"), PATH.replace(EVENT_ID, dashed)):
        answer = await edge.send(path, chunks, FORM)
        assert (answer.status, answer.json) == (201, {})
        records = await edge.records()
        assert [record.payload for record in records] == [b"last words\n", large, b""]
        assert {(record.kind, record.project_id, record.event_id) for record in records} == {
            ("attachment", PROJECT, EVENT_ID)
        }
        assert [record.meta["filename"] for record in records] == ["app.log", "core", "app.log"]
        assert {record.meta["attachment_type"] for record in records} == {"event.attachment"}
        assert records[0].meta["content_type"] == "text/plain"
        assert len({record.meta["id"] for record in records}) == 3
    assert edge.counts == {(PROJECT, "default", "unsupported", ""): 3}


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        (PATH, FORM, b"", 400),
        (PATH, FORM, a_form([(field("note"), b"x")]), 400),
        (PATH, FORM, a_form([a_file("a", b"x")])[:-9], 400),
        (PATH, {"Content-Type": "application/json"}, b"{}", 400),
        (PATH, {}, b"", 400),
        (PATH, {"Content-Type": "multipart/form-data"}, b"", 400),
        (PATH.replace(EVENT_ID, "nonsense"), FORM, a_form([a_file("a", b"x")]), 400),
        (PATH.replace("/42/", "/7/"), FORM, a_form([a_file("a", b"x")]), 401),
        (PATH, FORM, a_form([a_file("a", b"x")] * 31), 413),
        (PATH, FORM, a_form([(field("note"), bytes(2 * MIB))]), 413),
        (PATH, FORM, a_form([a_file("a", bytes(4 * MIB))]), 413),
        (PATH, {**FORM, "Content-Encoding": "gzip"}, a_form([a_file("a", b"x")]), 400),
    ],
)
async def test_refusals_leave_nothing(
    edge: Edge, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = await edge.send(path, body, headers)
    assert answer.status == status
    assert await edge.records() == []
    assert list(edge.directory.glob("*.blob")) == []


async def test_a_file_beyond_its_limit(tmp_path: Path) -> None:
    edge = an_edge(
        tmp_path / "spool", SizeLimits(event=MIB, body=3 * MIB, encoded_body=2 * MIB, attachment=1000)
    )
    assert (await edge.send(PATH, a_form([a_file("a", bytes(1000))]), FORM)).status == 201
    answer = await edge.send(PATH, a_form([a_file("a", b"x"), a_file("b", bytes(1001))]), FORM)
    assert answer.status == 413
    assert len(await edge.records()) == 1
    assert edge.counts[PROJECT, "attachment", "too_large", "too_large_attachment"] == 2


async def test_a_client_that_disconnects(edge: Edge) -> None:
    body = a_form([a_file("a", bytes(MIB))])
    await edge.send(PATH, [body[: MIB // 2]], FORM, complete=False)
    assert await edge.records() == []
    assert [path for path in edge.directory.iterdir() if path.suffix not in {".open", ".sealed"} and path.name != "wake"] == []  # fmt: skip
