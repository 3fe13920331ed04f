"""Fetching scripts and their maps from the site itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import Project
from issues.artifacts import fetching, lookup
from issues.artifacts.lookup import Script
from issues.models import Artifact, MapFetch, MapOrigin, Upload
from rustrak.outbound import allow_list
from tests.lib import artifacts
from tests.lib.http_receiver import Receiver, raw, receiving, reply

pytestmark = pytest.mark.django_db(transaction=True)
BUILT = artifacts.build()


@pytest.fixture(autouse=True)
def _settings(settings, tmp_path: Path):
    settings.UPLOAD_DIR = settings.RUN_DIR = tmp_path
    settings.OUTBOUND_ALLOW = allow_list.parse("127.0.0.1")


@pytest.fixture
def project() -> Project:
    return Project.objects.create(name="Shop", slug="shop")


@pytest.fixture
def site(project: Project) -> Iterator[Receiver]:
    """A site whose origin the project allows."""
    with receiving() as receiver:
        MapOrigin.objects.create(project=project, origin=f"http://127.0.0.1:{receiver.port}")
        yield receiver


def fetched(
    project: Project, site: Receiver, *scripts, release: str = "shop@1", path: str = "/js/app.js?v=1"
) -> MapFetch:
    site.scripts = list(scripts)
    url = f"http://127.0.0.1:{site.port}{path}"
    fetching.ask(project.pk, [(release, url)])
    fetching.run()
    return MapFetch.objects.get(project=project, release=release, url=url)


def test_a_script_and_its_map_are_found_from_then_on(project: Project, site: Receiver):
    version = project.artifacts_version
    done = fetched(project, site, reply(200, BUILT.script), reply(200, BUILT.map))

    assert (done.detail, done.ended_at is not None) == ("", True)
    assert [got.line.split()[1] for got in site.got] == ["/js/app.js?v=1", "/js/app.js.map"]
    found = lookup.scripts(project.pk, [Script(done.url, "", "shop@1")])[Script(done.url, "", "shop@1")]
    assert found.how == "fetched"
    assert found.map is not None
    assert found.map.file.size == len(BUILT.map)
    assert Upload.objects.get().kind == Upload.Kind.FETCHED
    project.refresh_from_db()
    assert project.artifacts_version > version
    # Nobody asks for it again.
    fetching.ask(project.pk, [("shop@1", done.url)])
    assert not MapFetch.objects.filter(ended_at=None).exists()


def test_an_event_without_a_release_has_what_is_there_now_for_a_day(project: Project, site: Receiver):
    first = fetched(project, site, reply(200, BUILT.script), reply(200, BUILT.map), release="")
    assert lookup.scripts(project.pk, [Script(first.url)])

    MapFetch.objects.update(
        ended_at=first.ended_at - timedelta(days=2), asked_at=first.asked_at - timedelta(days=2)
    )
    again = fetched(project, site, reply(200, BUILT.script + b"//\n"), reply(200, BUILT.map), release="")

    assert again.detail == ""
    assert Upload.objects.count() == 1
    assert Artifact.objects.count() == 2


def test_a_map_inside_and_one_that_a_header_names(project: Project, site: Receiver):
    inside = fetched(project, site, reply(200, artifacts.inline(BUILT.map)), path="/a.js")
    by_header = fetched(
        project, site, reply(200, b"f()", SourceMap="/maps/b"), reply(200, BUILT.map), path="/b.js"
    )

    assert (inside.detail, by_header.detail) == ("", "")
    assert site.got[-1].line.split()[1] == "/maps/b"
    for done in (inside, by_header):
        assert all(
            files.map for files in lookup.scripts(project.pk, [Script(done.url, "", "shop@1")]).values()
        )


def test_why_there_is_no_map(project: Project, site: Receiver):
    reasons = {
        "/404.js": ([reply(404)], "answered 404."),
        "/page.js": ([reply(200, b"<!doctype html>")], "with a web page"),
        "/none.js": ([reply(200, b"f()"), reply(404)], "The script refers to none."),
        "/text.js": ([reply(200, BUILT.script), reply(200, b"nothing")], "is not JSON"),
        "/inside.js": ([reply(200, artifacts.inline(b"x"))], "cannot be read"),
        "/gzip.js": ([reply(200, b"x", Content_Encoding="gzip")], "is compressed"),
        "/elsewhere.js": (
            [reply(302, b"", Location="http://127.0.0.2:1/a.js")],
            "127.0.0.2:1 is not one of the origins",
        ),
        "/cut.js": ([raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nf()")], "before the whole answer"),
        "/loop.js": ([reply(302, b"", Location="/loop.js")], "more than 3 redirects"),
        "/map-elsewhere.js": (
            [reply(200, b"f()", SourceMap="https://cdn.example/a.map")],
            "https://cdn.example is not one",
        ),
    }

    for path, (scripts, reason) in reasons.items():
        assert reason in fetched(project, site, *scripts, path=path).detail, path
    assert not Upload.objects.exists()
    explained = lookup.facts(project.pk, Script(f"http://127.0.0.1:{site.port}/404.js", "", "shop@1"))
    assert explained.fetch is not None
    assert "answered 404." in explained.fetch.detail


def test_too_much_is_not_read(project: Project, site: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetching, "MOST_SCRIPT_BYTES", 10)

    assert "larger than 10 bytes" in fetched(project, site, reply(200, b"x" * 11)).detail


def test_only_what_is_allowed_is_asked_for(project: Project, site: Receiver, monkeypatch: pytest.MonkeyPatch):
    other = Project.objects.create(name="Other", slug="other")
    here = f"http://127.0.0.1:{site.port}"
    urls = [
        f"{here}/a.js",
        f"http://localhost:{site.port}/a.js",
        f"{here}1/a.js",
        f"{here}@evil.example/a.js",
        f"{here}/",
        "app:///a.js",
        "/a.js",
    ]

    fetching.ask(other.pk, [("1", url) for url in urls])
    assert not MapFetch.objects.exists()
    fetching.ask(project.pk, [("1", url) for url in urls])
    assert [fetch.url for fetch in MapFetch.objects.all()] == [f"{here}/a.js"]

    monkeypatch.setattr(fetching, "MOST_IN_A_DAY", 3)
    fetching.ask(project.pk, [("1", f"{here}/{number}.js") for number in range(9)])
    assert MapFetch.objects.count() == 3

    MapOrigin.objects.all().delete()
    fetching.run()
    assert site.got == []
    assert all("is not one of the origins" in fetch.detail for fetch in MapFetch.objects.all())


def test_what_is_missing_is_asked_for_again_after_a_day(project: Project, site: Receiver):
    done = fetched(project, site, reply(404))
    fetched(project, site)
    assert len(site.got) == 1

    MapFetch.objects.update(
        ended_at=done.ended_at - timedelta(days=2), asked_at=done.asked_at - timedelta(days=2)
    )
    assert fetched(project, site, reply(404)).ended_at
    assert len(site.got) == 2
