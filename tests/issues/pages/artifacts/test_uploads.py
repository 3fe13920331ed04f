from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import Client

from accounts.models import Project
from issues import search
from issues.models import Usage
from tests.issues.pages.artifacts.conftest import HOSTILE, Uploaded

PAGE = "/projects/shop/settings/source-maps/"
DEBUG = f"{PAGE}debug-files/"


def test_every_upload_is_listed_with_what_became_of_it(
    bo_client: Client, shop: Project, uploaded: Uploaded, django_assert_max_num_queries
) -> None:
    assert "Nothing was uploaded yet." in bo_client.get(PAGE).content.decode()
    uploaded("~/app.js", "~/app.js.map", release="")
    Usage.objects.filter(project=shop).update(artifact_bytes=2048)
    uploaded(state="error", detail="The bundle has no <manifest>.", release="")
    uploaded(kind="release_file", name=HOSTILE, dist="7")
    with django_assert_max_num_queries(12):
        html = bo_client.get(PAGE).content.decode()
    assert "2 KiB" in html
    assert "artifact bundle" in html
    assert "2 files" in html
    assert "sentry-cli/2.58.6" in html
    assert "The bundle has no &lt;manifest&gt;." in html
    assert "⟨U+202E⟩gnp.&lt;script&gt;␁" in html
    assert "\u202e" not in html
    only = bo_client.get(PAGE, {"state": "error"}).content.decode()
    assert only.count('<th scope="row">') == 1
    assert "Every upload is stored." not in only
    by_id = bo_client.get(PAGE, {"q": "8D65DBD3", "state": "error"}).content.decode()
    assert "No upload matches." in by_id
    by_id = bo_client.get(PAGE, {"q": "8D65DBD3"}).content.decode()
    assert by_id.count('<th scope="row">') == 1


def test_a_full_project_is_told(bo_client: Client, shop: Project, settings) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 1000
    Usage.objects.create(project=shop, artifact_bytes=900)
    assert "New uploads fail" in bo_client.get(PAGE).content.decode()


def test_debug_files_are_found_by_debug_id(bo_client: Client, uploaded: Uploaded) -> None:
    assert "No debug files yet." in bo_client.get(DEBUG).content.decode()
    uploaded("libshop.so", kind="debug_file", contents="native", release="")
    uploaded("~/app.js")
    html = bo_client.get(DEBUG).content.decode()
    assert "libshop.so" in html
    assert "~/app.js" not in html
    assert "libshop.so" in bo_client.get(DEBUG, {"q": "8D65dbd3"}).content.decode()
    assert "No debug file matches." in bo_client.get(DEBUG, {"q": "\0other"}).content.decode()


def test_a_search_that_takes_too_long_is_told(bo_client: Client, uploaded: Uploaded, monkeypatch) -> None:
    upload = uploaded("~/app.js")

    @contextmanager
    def limited() -> Iterator[None]:
        raise search.TookTooLong
        yield

    monkeypatch.setattr(search, "limited", limited)
    for path in (DEBUG, f"{PAGE}uploads/{upload.pk}/", "/projects/shop/releases/files/?release=shop@2.4.1"):
        html = bo_client.get(path).content.decode()
        assert "took too long" in html
        assert "No debug files yet." not in html


def test_nothing_is_seen_of_another_project(bo_client: Client, uploaded: Uploaded) -> None:
    other = Project.objects.create(name="Vault", slug="vault")
    secret = uploaded("~/secret.js", project=other, release="secret@1")
    uploaded("secret.so", project=other, contents="native", kind="debug_file", release="secret@1")
    for path in (PAGE, DEBUG, "/projects/shop/releases/files/?release=secret@1", f"{PAGE}fetching/"):
        assert "~/secret" not in bo_client.get(path).content.decode()
    assert bo_client.get(f"{PAGE}uploads/{secret.pk}/").status_code == 404
    assert bo_client.post(f"{PAGE}uploads/{secret.pk}/delete/").status_code == 404
    assert bo_client.get("/projects/vault/settings/source-maps/").status_code == 404
