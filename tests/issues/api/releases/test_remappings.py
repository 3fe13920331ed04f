"""/api/projects/{id}/releases/{version}/remap"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues import remapping
from issues.models import Issue
from issues.record.writer import record
from tests.lib.json_api import Caller
from tests.lib.mapping import browser_event, original, uploads
from tests.lib.occurrences import NOW, occurrence

pytestmark = pytest.mark.django_db


def test_maps_are_applied(bo: User, cy: User, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = uploads(monkeypatch)
    path = f"/api/projects/{shop.pk}/releases/shop%402.0.0/remap"
    record(shop.pk, [occurrence(browser_event((1, 10)))], NOW)
    caller = Caller(bo)
    assert caller("get", path).status_code == 404
    assert caller("post", path).status_code == 409
    fake.add_script(shop.pk, {(1, 10): original(12)})
    Project.objects.filter(pk=shop.pk).update(artifacts_version=1)
    assert Caller(cy)("post", path).status_code == 404
    answer = caller("post", path)
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["total"]) == ("waiting", 1)
    remapping.run()
    done = caller("get", path).json()
    assert (done["state"], done["done"], done["changed"], done["trouble"]) == ("done", 1, 1, None)
    assert done["release"] == "shop@2.0.0"
    assert Issue.objects.get().culprit == "src/cart.ts in total"
