from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import ApiToken, Project, User
from ingest import spool
from ingest.digest.stats import DigestStats
from ingest.ledger import store
from ingest.spool import Record
from rustrak.lib import presence
from rustrak.lib.version import version
from rustrak.ops.metrics import exposition

Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path / "spool"
    settings.RUN_DIR = tmp_path / "run"
    return tmp_path


def values(content: bytes) -> Values:
    """(name, labels) → value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(content.decode())
        for sample in family.samples
    }


def scrape() -> Values:
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer["Cache-Control"]
    return values(answer.content)


def test_every_metric_has_its_value(directory: Path, shop: Project) -> None:
    old = Record("event", shop.pk, "a" * 32, time.time(), None, None, b"{}")
    spool.write_sealed(directory / "spool", [old, old])
    spool.quarantine(directory / "spool", old, "why")
    stats = DigestStats(directory / "run", 1)
    stats.batch(7, 1000, 0.3, time.time() - 2)
    presence.hold(directory / "run", "digest")
    minute = int(time.time()) // 60
    store.add({
        (shop.pk, minute, "error", "accepted", ""): 9,
        (shop.pk, minute, "error", "stored", ""): 7,
        (shop.pk, minute - 3, "error", "stored", ""): 1,
        (shop.pk, minute, "error", "filtered", "localhost"): 1,
    })  # fmt: skip
    Project.objects.update(stored_event_count=8)
    found = scrape()
    assert found["rustrak_spool_segments", ()] == 1
    assert found["rustrak_spool_bytes", ()] > 100
    assert 0 <= found["rustrak_spool_oldest_age_seconds", ()] < 30
    assert found["rustrak_quarantine_records", ()] == 1
    assert found["rustrak_items_total", (("category", "error"), ("outcome", "accepted"))] == 9
    assert found["rustrak_items_total", (("category", "error"), ("outcome", "stored"))] == 8
    assert found["rustrak_items_total", (("category", "error"), ("outcome", "filtered"))] == 1
    assert found["rustrak_database_up", ()] == 1
    assert found["rustrak_stored_events", ()] == 8
    assert found["rustrak_project_stored_events", (("project", "shop"),)] == 8
    assert found["rustrak_project_issues", (("project", "shop"),)] == 0
    assert found["rustrak_processes", (("role", "digest"),)] == 1
    assert found["rustrak_processes", (("role", "web"),)] == 0
    memory = found["rustrak_process_resident_memory_bytes", (("number", "1"), ("role", "digest"))]
    assert memory > 1_000_000
    assert found["rustrak_digest_batch_records_sum", (("digest", "1"),)] == 7
    assert found["rustrak_digest_batch_records_count", (("digest", "1"),)] == 1
    assert found["rustrak_digest_batch_seconds_bucket", (("digest", "1"), ("le", "0.25"))] == 0
    assert found["rustrak_digest_batch_seconds_bucket", (("digest", "1"), ("le", "0.5"))] == 1
    assert 2 <= found["rustrak_digest_lag_seconds", (("digest", "1"),)] < 30
    (build,) = [labels for name, labels in found if name == "rustrak_build_info"]
    assert dict(build)["version"] == version() != "unknown"


@pytest.mark.django_db
def test_an_empty_installation(directory: Path) -> None:
    found = scrape()
    assert found["rustrak_spool_segments", ()] == 0
    assert found["rustrak_projects", ()] == 0


@pytest.mark.django_db
def test_projects_are_bounded(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "MAX_PROJECTS", 2)
    for number in range(4):
        Project.objects.create(name=f"P{number}", slug=f"p{number}", stored_event_count=number)
    shown = {labels for name, labels in scrape() if name == "rustrak_project_stored_events"}
    assert shown == {(("project", "p3"),), (("project", "p2"),)}


def test_the_other_metrics_are_there_without_a_database(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(exposition, "_ledger", down)
    found = scrape()
    assert found["rustrak_database_up", ()] == 0
    assert found["rustrak_spool_segments", ()] == 0
    assert ("rustrak_projects", ()) not in found


def test_the_other_metrics_are_there_without_a_readable_spool(directory: Path, db: None) -> None:
    (directory / "spool").write_text("a file")
    found = scrape()
    assert found["rustrak_spool_readable", ()] == 0
    assert found["rustrak_database_up", ()] == 1


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.9.9.9"])
def test_a_program_on_this_machine_may_read_them(directory: Path, db: None, peer: str) -> None:
    assert Client(REMOTE_ADDR=peer).get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via"]
)
def test_a_request_through_a_proxy_is_refused(directory: Path, header: str) -> None:
    answer = Client().get("/metrics", headers={header: "127.0.0.1"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "Unauthorized")


@pytest.mark.parametrize("peer", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "", "nonsense"])
def test_a_request_from_another_machine_is_refused(directory: Path, peer: str) -> None:
    answer = Client(REMOTE_ADDR=peer).get("/metrics")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert b"rustrak_" not in answer.content


def test_an_admins_token_gives_access_from_anywhere(directory: Path, ana: User, bo: User) -> None:
    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.1"}
        return Client(REMOTE_ADDR="192.0.2.1").get("/metrics", headers=headers).status_code

    tokens = [ApiToken.objects.issue(user)[1] for user in (ana, bo)]
    assert [status(token) for token in tokens] == [200, 403]
    narrow = [ApiToken.objects.issue(ana, capabilities=[each])[1] for each in ("audit:read", "org:write")]
    assert [status(token) for token in narrow] == [200, 403]
    assert status(ApiToken.objects.issue(ana, projects=[])[1]) == 403
    assert status("0" * 40) == 401
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert status(tokens[0]) == 401


def test_a_session_gives_no_access(directory: Path, ana: User, sign_in: Callable[[User], Client]) -> None:
    assert sign_in(ana).get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 401


def test_only_reading_methods_are_allowed(directory: Path) -> None:
    assert Client().post("/metrics").status_code == 405
    assert os.environ.get("PROMETHEUS_MULTIPROC_DIR") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "http://testserver"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_web_page_is_refused(directory: Path, headers: dict[str, str]) -> None:
    assert Client().get("/metrics", headers=headers).status_code == 401


def test_a_person_with_a_browser_on_this_machine_may_read_them(directory: Path, db: None) -> None:
    assert Client().get("/metrics", headers={"Sec-Fetch-Site": "none"}).status_code == 200
