"""issues/sentry_api/routes.py: what holds for every address"""

from __future__ import annotations

import json

import pytest

from accounts.models import ApiToken, Project, User
from tests.lib.asgi_client import Client

ODD = (
    "/api/0", "//api/0//projects", "/api/0/projects/o/shop", "/api/0/nothing", "/api/0/projects/o/shop/releases/a//b",
    "/api/0/organizations/o/releases/../", "/api/0/\x00", "/api/0/organizations/ü%/",
)  # fmt: skip


@pytest.mark.django_db
def test_no_odd_path_redirects_or_answers_html(bo: User, shop: Project) -> None:
    _, text = ApiToken.objects.issue(bo)
    for path in ODD:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            for headers in ([], [(b"authorization", f"Bearer {text}".encode())]):
                answer = Client().call(path, method=method, headers=headers)
                assert answer.status in {200, 400, 401, 404, 405}, (method, path, answer.status)
                assert answer.headers[b"content-type"].startswith(b"application/json"), (method, path)
                if answer.status != 200:
                    assert set(json.loads(answer.body)) == {"detail"}, (method, path)
