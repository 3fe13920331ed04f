"""Calls of the JSON API in tests: with a session as a browser has it, or with a token."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import ApiToken, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Caller:
    """Sends JSON and checks CSRF tokens as a server does. `error_of` reads what a refusal says."""

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
        """The whole list, part by part."""
        separator = "&" if "?" in path else "?"
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            part = self.get(f"{path}{separator}limit={limit}{cursor}")
            assert set(part) == {"items", "next_cursor", "has_more"}
            assert part["has_more"] == (part["next_cursor"] is not None)
            items += part["items"]
            if not part["has_more"]:
                return items
            assert len(part["items"]) == limit
            cursor = f"&cursor={part['next_cursor']}"


def error_of(answer: Any) -> tuple[int, str]:
    """Status and type of a refusal, once its form is checked."""
    body = answer.json()
    assert set(body) == {"error"}, body
    assert set(body["error"]) == {"type", "message"}
    assert isinstance(body["error"]["message"], str)
    assert body["error"]["message"]
    assert answer["Content-Type"].startswith("application/json")
    return answer.status_code, body["error"]["type"]
