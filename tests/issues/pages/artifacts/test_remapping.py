from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Project
from issues.models import Remapping
from issues.pages.artifacts.remapping import sentence
from rustrak.lib import clock
from tests.issues.pages.artifacts.conftest import Uploaded
from tests.issues.pages.conftest import Send

PAGE = "/projects/shop/releases/files/"
RELEASE = {"release": "shop@2.4.1"}


def test_uploads_are_applied_followed_and_stopped(
    bo_client: Client, shop: Project, send: Send, uploaded: Uploaded
) -> None:
    send({"message": "m", **RELEASE})
    html = bo_client.post(f"{PAGE}apply/", RELEASE, follow=True).content.decode()
    assert "Nothing was uploaded to this project" in html
    assert bo_client.get(f"{PAGE}apply/state/", RELEASE).status_code == 404
    uploaded("~/app.js")
    assert "Apply to stored events" in bo_client.get(PAGE, RELEASE).content.decode()
    html = bo_client.post(f"{PAGE}apply/", RELEASE, follow=True).content.decode()
    assert "Applying the uploads to 0 of 1 issue: 0 changed so far." in html
    assert "Apply to stored events" not in html
    state = bo_client.get(f"{PAGE}apply/state/", RELEASE).json()
    assert (state["done"], state["total"], state["is_finished"]) == (0, 1, False)
    html = bo_client.post(f"{PAGE}apply/", RELEASE | {"stop": "1"}, follow=True).content.decode()
    assert "was stopped after 0 of 1 issue" in html
    assert "Apply to stored events" in html
    Remapping.objects.update(
        state="done", done=1, changed=1, trouble="1 event <was> not read.", finished_at=clock.now()
    )
    html = bo_client.get(PAGE, RELEASE).content.decode()
    assert "Uploads were applied to 1 issue: 1 changed." in html
    assert "1 event &lt;was&gt; not read." in html


@pytest.mark.parametrize("state", Remapping.State.values)
def test_every_state_has_a_sentence(state: str) -> None:
    assert "1,234" in sentence(Remapping(state=state, total=2000, done=1234, changed=5))
