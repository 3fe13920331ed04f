from __future__ import annotations

from tests.ingest.conftest import Edge


async def test_network_reports_are_accepted_and_not_stored(edge: Edge) -> None:
    headers = {"Content-Type": "application/reports+json"}
    for path in ("/api/42/nel/", "/api/42/nel"):
        assert (await edge.send(path, b'[{"type":"network-error"}]', headers)).status == 200
    assert (await edge.send("/api/42/nel/", b"text")).status == 200
    assert (await edge.send("/api/42/nel/", b"[]", key=None)).status == 401
    assert await edge.records() == []
