from __future__ import annotations

import json
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from accounts.models import AuditEntry, Project
from issues.forgetting import export, whom
from issues.models import Attachment
from tests.issues.forgetting.conftest import PERSON


def exported(project: Project) -> zipfile.ZipFile:
    found = whom.find(project, PERSON)
    assert found is not None
    export.write(project, found, file := BytesIO())
    return zipfile.ZipFile(file)


def test_everything_that_is_kept_of_the_person_is_in_it_and_nothing_of_others(world: Project) -> None:
    archive = exported(world)
    assert archive.testzip() is None
    assert str(PERSON) in AuditEntry.objects.get(action="user.export").target_name
    lines = {
        name: [json.loads(line) for line in archive.read(name).splitlines()]
        for name in archive.namelist()
        if name.endswith(".jsonl")
    }
    assert [len(lines[f"{name}.jsonl"]) for name in ("events", "issues", "feedback", "sessions")] == [
        4,
        3,
        1,
        1,
    ]
    assert {line["event"]["user"]["email"].lower() for line in lines["events.jsonl"]} == {
        "qxzelda@example.org"
    }
    people = json.loads(archive.read("person.json"))["people"]
    assert {person["email"] for person in people} == {"qxzelda@example.org"}
    files = {archive.read(name) for name in archive.namelist() if name.startswith("attachments/")}
    assert files == {b"log of qxhouse", b"picture of qxhouse"}
    assert all("wvlink" not in archive.read(name).decode() for name in archive.namelist())


def test_names_of_files_stay_in_their_folder_and_lost_files_do_no_harm(world: Project, storage: Path) -> None:
    Attachment.objects.filter(size=len(b"log of qxhouse")).update(name="../../etc/passwd")
    lost = Attachment.objects.get(size=len(b"picture of qxhouse"))
    (storage / lost.file).unlink()
    (name,) = [name for name in exported(world).namelist() if name.startswith("attachments/")]
    assert name.endswith("_etc_passwd")
    assert ".." not in name


def test_memory_does_not_grow_with_the_files(world: Project, storage: Path) -> None:
    kept = Attachment.objects.get(size=len(b"log of qxhouse"))
    (storage / kept.file).write_bytes(bytes(24 * 1024 * 1024))
    found = whom.find(world, PERSON)
    assert found is not None
    tracemalloc.start()
    try:
        with (storage / "made.zip").open("wb") as file:
            export.write(world, found, file)
        assert tracemalloc.get_traced_memory()[1] < 6 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_more_than_was_asked_for_is_refused_before_anything_is_written(world: Project) -> None:
    found = whom.find(world, PERSON)
    assert found is not None
    with pytest.raises(export.TooMany):
        export.write(world, found, file := BytesIO(), most=3)
    assert file.getvalue() == b""
    assert export.write(world, found, BytesIO(), most=4) == 4
