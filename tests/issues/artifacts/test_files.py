"""issues/artifacts/files.py: each content is stored once in a project, and deleted with the last artifact"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.db import transaction

from accounts.models import Project
from issues.artifacts import files
from issues.artifacts.files import Storing, TooLarge
from issues.models import StoredFile, Usage
from tests.lib.artifacts import artifact, upload
from tests.lib.attachments import files_below

pytestmark = pytest.mark.django_db


def store(project: Project, *contents: bytes) -> dict[str, int]:
    with Storing(project.pk) as storing:
        for each in contents:
            storing.add(io.BytesIO(each))
        storing.flush()
    return storing.ids


def test_a_content_is_stored_once_and_read_as_it_was(shop: Project, stored: Path) -> None:
    data = b"var a=1;" * 100_000
    ids = store(shop, data, b"", data) | store(shop, data)
    assert len(ids) == StoredFile.objects.count() == len(list(files_below(stored))) == 2
    row = StoredFile.objects.get(size=len(data))
    assert 0 < row.stored_size < len(data) // 50
    with files.content(files.ref(row)) as content:
        assert content.read() == data
    with files.ref(row).open() as raw:
        assert (files.ref(row).is_compressed, raw.read(4)) == (True, b"\x28\xb5\x2f\xfd")
    assert Usage.objects.get().artifact_count == 2


def test_projects_share_nothing(shop: Project, stored: Path) -> None:
    other = Project.objects.create(name="Other", slug="other")
    assert not set(store(shop, b"same").values()) & set(store(other, b"same").values())
    assert len(list(files_below(stored))) == 2


def test_a_file_that_is_too_large(shop: Project, stored: Path) -> None:
    with pytest.raises(TooLarge, match="10 bytes at most"), Storing(shop.pk) as storing:
        storing.add(io.BytesIO(b"x" * 11), 10)
    assert list(files_below(stored)) == []


def test_nothing_is_left_of_files_that_could_not_be_stored(shop: Project, stored: Path) -> None:
    def full(size: int) -> None:
        raise ZeroDivisionError

    with Storing(shop.pk, full) as storing:
        storing.add(io.BytesIO(b"x"))
        with pytest.raises(ZeroDivisionError):
            storing.flush()
    assert (StoredFile.objects.count(), list(files_below(stored))) == (0, [])


def test_files_are_deleted_with_their_last_artifact(
    shop: Project, stored: Path, django_capture_on_commit_callbacks
) -> None:  # fmt: skip
    first, second = upload(shop), upload(shop)
    kept = artifact(first, "~/a.js", b"shared")
    own = artifact(second, "~/b.js", b"own")
    artifact(second, "~/a.js", b"shared").delete()
    own.delete()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        rows, size = files.delete_unused(shop.pk, [kept.file_id, own.file_id])
    assert (rows, StoredFile.objects.get().pk) == (1, kept.file_id)
    assert size > 500
    assert len(list(files_below(stored))) == 1
