"""/api/projects/{id}/owners"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_rules_are_read_and_saved(ana: User, bo: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}/owners"
    assert Caller(bo).get(path)["version"] == 0
    saved = Caller(ana)("PUT", path, {"text": "src/ @bo @nobody", "based_on": 0}).json()
    assert (saved["version"], saved["unknown"], saved["created_by"]) == (1, ["@nobody"], "ana")
    assert Caller(bo).get(path) == saved
    assert error_of(Caller(bo)("PUT", path, {"text": ""})) == (403, "Forbidden")
    assert error_of(Caller(ana)("PUT", path, {"text": "", "based_on": 0})) == (409, "Conflict")
    assert error_of(Caller(ana)("PUT", path, {"text": "src/ bo"}))[0] == 400
