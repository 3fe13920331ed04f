"""Events on their way through the digest get the names of uploaded maps."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.spool import Record
from issues.artifacts import lookup
from issues.models import Event, Issue, OwnershipRules
from issues.record import references
from issues.symbols import client
from issues.symbols.answers import Unavailable
from tests.lib import artifacts
from tests.lib.mapping import DEBUG_ID, URL, browser_event, frames_of, original, uploads

pytestmark = pytest.mark.django_db


def _digest(directory: Path, project: Project, *events: dict[str, Any]) -> None:
    spool.write_sealed(
        directory,
        [
            Record("event", project.pk, uuid4().hex, time.time(), None, None, orjson.dumps(event))
            for event in events
        ],
    )
    assert loop.drain(directory) == len(events)


def test_from_an_upload_to_the_issue(shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # The look-up in the database is the real one.
        fake = uploads(patch)
    monkeypatch.setattr(client, "originals", fake._originals)
    built = artifacts.build()
    artifacts.stored_build(shop, built, "~/static/app.js", debug_id=DEBUG_ID)
    map_ = shop.artifacts.get(kind="source_map").file.sha256
    fake.contents[map_] = {(1, 10): original(12)}
    other = Project.objects.create(name="Other", slug="other")
    _digest(tmp_path, shop, browser_event((1, 10)), browser_event((1, 10), debug_meta=None))
    _digest(tmp_path, other, browser_event((1, 10)))
    one = Issue.objects.get(project=shop)
    assert (one.culprit, one.event_count) == ("src/cart.ts in total", 2)
    assert Issue.objects.get(project=other).culprit == f"{URL} in e"
    event = Event.objects.filter(project=shop).first()
    assert event is not None
    assert frames_of(references.read_one(event.payload))[0]["function"] == "e"
    assert shop.uploads.get().last_used_at is not None
    assert len(fake.asked) == 1


def test_owners_see_the_original_paths(
    shop: Project, bo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = uploads(monkeypatch)
    fake.add_script(shop.pk, {(1, 10): original(12)})
    OwnershipRules.objects.create(project=shop, version=1, text=f"path:src/cart.ts {bo.email}")
    Project.objects.filter(pk=shop.pk).update(artifacts_version=1, ownership_version=1)
    _digest(tmp_path, shop, browser_event((1, 10)))
    assert Issue.objects.get().assignee == bo


@pytest.mark.parametrize("failure", [Unavailable("it is dead"), OperationalError("gone"), MemoryError()])
def test_whatever_fails_the_event_is_stored(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    fake = uploads(monkeypatch)
    fake.add_script(shop.pk, {(1, 10): original(12)})
    Project.objects.filter(pk=shop.pk).update(artifacts_version=1)

    def fail(*arguments: object, **more: object) -> None:
        raise failure

    monkeypatch.setattr(
        client if isinstance(failure, Unavailable) else lookup,
        "originals" if isinstance(failure, Unavailable) else "scripts",
        fail,
    )
    _digest(tmp_path, shop, browser_event((1, 10)))
    event = Event.objects.select_related("issue").get()
    assert event.issue.culprit == f"{URL} in e"
    assert [what for _, what, *_ in event.notes] == ["not_mapped"]


def test_a_project_without_uploads_asks_nothing(shop: Project, tmp_path: Path) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        _digest(tmp_path, shop, browser_event((1, 10)))
    assert not [query for query in queries if 'artifact"' in query["sql"]]
