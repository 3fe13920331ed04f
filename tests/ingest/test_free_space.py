from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from accounts.models import Project
from ingest import free_space, spool
from ingest.digest import loop
from ingest.models import OutcomeCount
from issues.models import Attachment, Event
from rustrak.lib.disk.space import FreeSpace, Space
from tests.lib.spooled import attachment, event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture
def shop() -> Project:
    return Project.objects.create(name="Shop", slug="shop")


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FreeSpace, "is_little", lambda self: True)


def outcomes() -> list[tuple[str, str, str]]:
    found = OutcomeCount.objects.exclude(outcome="accepted")
    return sorted(set(found.values_list("category", "outcome", "reason")))


def test_the_digest_keeps_events_and_no_attachments(
    tmp_path: Path, shop: Project, little: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.blob").write_bytes(b"x" * 1000)
    large = spool.Record(
        "attachment", shop.pk, "1" * 32, 0.0, None, None, b"", file="a.blob", meta={"id": "2" * 32}
    )
    spool.write_sealed(tmp_path, [event(shop.pk, 1), attachment(shop.pk, 1), large])
    loop.drain(tmp_path)
    assert Event.objects.count() == 1
    assert Attachment.objects.count() == 0
    assert Event.objects.get().notes == [["", "not_kept", "little_space"]]
    assert outcomes() == [("attachment", "filtered", "little_space"), ("error", "stored", "")]
    assert list(tmp_path.iterdir()) == []


def test_the_digest_waits_while_sqlites_disk_is_nearly_full(
    tmp_path: Path, shop: Project, little: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.write_sealed(tmp_path, [event(shop.pk, 1)])
    nearly_full = Space(tmp_path, free=499, floor=1000)
    monkeypatch.setattr("rustrak.lib.disk.space.measure", lambda *arguments: nearly_full)
    if django_settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        with pytest.raises(OSError, match="too little free space"):
            loop.drain(tmp_path)
        assert Event.objects.count() == 0
        assert len(list(tmp_path.glob("*.sealed"))) == 1
        nearly_full = Space(tmp_path, free=501, floor=1000)
    loop.drain(tmp_path)
    assert Event.objects.count() == 1


def test_what_grows_is_watched(tmp_path: Path, settings: Any) -> None:
    found = free_space.directories()
    assert found["data"] == Path(settings.DATA_DIR)
    assert found["queue"] == Path(settings.INGEST_DIR)
    assert os.path.basename(found["attachments"]) == "attachments"
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"location": "x"}},
    }
    assert "attachments" not in free_space.directories()
