"""Files of a release that are uploaded one by one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Project
from issues.artifacts import release_files
from issues.artifacts.content import BadUpload
from issues.models import Upload
from tests.lib import artifacts
from tests.lib.artifacts import DEBUG_ID


@pytest.fixture(autouse=True)
def _uploads(settings, tmp_path: Path):
    settings.UPLOAD_DIR = tmp_path


def test_a_script_with_a_header_and_one_with_a_comment():
    (by_header,) = release_files.read(io.BytesIO(b"f()"), "~/a.js", "shop@1", "7", ["Sourcemap: maps/a.map"])
    (by_comment,) = release_files.read(
        io.BytesIO(artifacts.build(debug_id=DEBUG_ID).script), "https://h/b.mjs", "shop@1"
    )

    assert (by_header.kind, by_header.source_map, by_header.release, by_header.dist) == (
        "minified_source",
        "maps/a.map",
        "shop@1",
        "7",
    )
    assert (by_comment.source_map, by_comment.debug_id, by_comment.name) == (
        "app.js.map",
        DEBUG_ID,
        "https://h/b.mjs",
    )


def test_a_map_is_known_by_its_name_or_its_beginning():
    data = artifacts.build(debug_id=DEBUG_ID).map
    for name in ("~/a.js.map", "~/a.map?x", "~/maps/1234"):
        (content,) = release_files.read(io.BytesIO(data), name, "1")
        assert (content.kind, content.debug_id) == ("source_map", DEBUG_ID)
    (other,) = release_files.read(io.BytesIO(b"body {}"), "~/a.css", "1")
    assert other.kind == "other"


def test_a_script_with_its_map_inside():
    kinds = [each.kind for each in release_files.read(io.BytesIO(artifacts.inline(b"{}")), "~/a.js", "1")]

    assert kinds == ["minified_source", "source_map"]


def test_what_is_wrong_is_said():
    for headers, reason in (
        (["Sourcemap"], "is not a header"),
        ([": x"], "is not a header"),
        (["a: b"] * 21, "20 headers"),
    ):
        with pytest.raises(BadUpload, match=reason):
            list(release_files.read(io.BytesIO(), "~/a.js", "1", headers=headers))
    with pytest.raises(BadUpload, match="needs a name"):
        list(release_files.read(io.BytesIO(), " ", "1"))


@pytest.mark.django_db
def test_the_same_name_replaces_what_is_there():
    project, other = (Project.objects.create(name=name, slug=name) for name in "ab")

    def add(to: Project, name: str = "~/a.js", **fields: Any) -> Upload:
        of = artifacts.upload(
            to, **{"kind": Upload.Kind.RELEASE_FILE, "release": "1", "name": "a.js", **fields}
        )
        artifacts.artifact(of, name, b"1")
        return of

    old = add(project)
    add(other)
    add(project, release="2")
    add(project, dist="7")
    add(project, kind=Upload.Kind.BUNDLE)
    add(project, "~/b.js")

    for name in ("a.js", "/a.js", "~/a.js"):
        assert list(release_files.replaced(project.pk, name, "1")) == [old]
