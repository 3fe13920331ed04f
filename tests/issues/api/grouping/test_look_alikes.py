from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import Grouping
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db


def test_look_alikes_and_what_is_not_the_same(shop: Project, bo: User) -> None:
    one, two = (builders.issue(shop, number, value=f"only {number} left") for number in (1, 2))
    Grouping.objects.update(smart_hash="a" * 64)
    api, root = Caller(bo), f"/api/projects/{shop.pk}"
    (group,) = api.get(f"{root}/look-alikes")["items"]
    assert (group["count"], group["smart_hash"]) == (2, "a" * 64)
    assert [each["differs"]["message"] for each in group["issues"]] == ["only 1 left", "only 2 left"]
    found = api.get(f"{root}/issues/{one.pk}/look-alikes")
    assert [(each["short_id"], each["differs"]["message"]) for each in found["items"]] == [
        ("SHOP-2", "only 2 left")
    ]
    answer = api("POST", f"{root}/not-the-same", {"issues": [str(one.pk), str(two.pk)]})
    assert (answer.status_code, answer.json()) == (201, {"added": 1})
    assert api.get(f"{root}/look-alikes")["items"] == []
    (said,) = api.all(f"{root}/not-the-same")
    assert ({said["issue_id"], said["other_id"]}, said["by"]) == (
        {str(one.pk), str(two.pk)},
        "bo",
    )
    assert api("POST", f"{root}/not-the-same", {"issues": [str(one.pk), "x"]}).status_code == 400
    assert api("DELETE", f"{root}/not-the-same/{two.pk}/{one.pk}").status_code == 204
    assert api("DELETE", f"{root}/not-the-same/{two.pk}/{one.pk}").status_code == 404
