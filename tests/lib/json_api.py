"""Calls the JSON API through Django's test client, with a session as a browser has one, or with a token."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import ApiToken, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Caller:
    """A caller of the API, `caller("GET", "/api/…")`. CSRF tokens are checked as they are in production."""

    def __init__(self, user: User | None = None, *, token: bool = False) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers: dict[str, str] = {}
        if user is None:
            return
        if token:
            self.headers["Authorization"] = f"Bearer {ApiToken.objects.issue(user)[1]}"
        else:
            self.client.force_login(user, backend=BACKEND)
            self.client.cookies["csrftoken"] = secret = "c" * 32
            self.headers["X-CSRFToken"] = secret

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        call = getattr(self.client, method.lower())
        return call(path, headers=self.headers | headers, **content)

    def get(self, path: str) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self("GET", path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def all(self, path: str, limit: int = 100) -> list[dict[str, Any]]:
        """All items of a list, read page by page with its cursors."""
        separator = "&" if "?" in path else "?"
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.get(f"{path}{separator}limit={limit}{cursor}")
            assert set(page) == {"items", "next_cursor", "has_more"}
            assert page["has_more"] == (page["next_cursor"] is not None)
            items += page["items"]
            if not page["has_more"]:
                return items
            assert len(page["items"]) == limit
            cursor = f"&cursor={page['next_cursor']}"


def bearer(text: str) -> Caller:
    """A caller with this token."""
    caller = Caller()
    caller.headers["Authorization"] = f"Bearer {text}"
    return caller


def error_of(answer: Any) -> tuple[int, str]:
    """Status and type of an error answer, whose form is checked first."""
    body = answer.json()
    assert set(body) == {"error"}, body
    assert set(body["error"]) == {"type", "message"}
    assert isinstance(body["error"]["message"], str)
    assert body["error"]["message"]
    assert answer["Content-Type"].startswith("application/json")
    return answer.status_code, body["error"]["type"]
