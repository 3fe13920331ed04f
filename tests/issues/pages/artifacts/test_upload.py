from __future__ import annotations

from django.test import Client

from accounts.models import Project
from issues.models import Artifact, StoredFile, Upload
from tests.issues.pages.artifacts.conftest import Uploaded

PAGE = "/projects/shop/settings/source-maps/uploads/"


def test_the_files_of_an_upload_are_searched_by_name(bo_client: Client, uploaded: Uploaded) -> None:
    upload = uploaded(*[f"~/static/{number}.js" for number in range(12)])
    html = bo_client.get(f"{PAGE}{upload.pk}/").content.decode()
    assert "~/static/3.js" in html
    assert "sentry-cli/2.58.6" in html
    assert "shop@2.4.1" in html
    html = bo_client.get(f"{PAGE}{upload.pk}/", {"q": "static/3"}).content.decode()
    assert "~/static/3.js" in html
    assert "~/static/4.js" not in html
    assert "No file matches." in bo_client.get(f"{PAGE}{upload.pk}/", {"q": "nothing"}).content.decode()


def test_an_upload_is_deleted_after_a_confirmation(
    bo_client: Client, shop: Project, uploaded: Uploaded
) -> None:
    upload, stays = uploaded("~/a.js"), uploaded("~/b.js")
    path, before = f"{PAGE}{upload.pk}/delete/", shop.artifacts_version
    assert "cannot be restored" in bo_client.get(path).content.decode()
    assert Upload.objects.count() == 2
    answer = bo_client.post(path, follow=True)
    assert "Deleted: artifact bundle shop@2.4.1." in answer.content.decode()
    assert list(Upload.objects.all()) == [stays]
    assert Artifact.objects.count() == StoredFile.objects.count() == 1
    shop.refresh_from_db()
    assert shop.artifacts_version == before + 1
