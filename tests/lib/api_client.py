"""A client of a live server's JSON API and pages."""

from __future__ import annotations

import json
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any
from urllib.request import HTTPCookieProcessor, Request, build_opener


class ApiClient:
    """Calls the API of the server at `base` with a session cookie, through urllib."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self.jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.jar))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON, None for an empty one. Raises urllib's HTTPError for a status from 400 on."""
        headers = {"Content-Type": "application/json"}
        token = next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), None)
        if token:
            headers["X-CSRFToken"] = token
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.base + path, data=data, headers=headers, method=method)
        with self._opener.open(request, timeout=15) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def text(self, path: str) -> str:
        """A page's HTML."""
        with self._opener.open(self.base + path, timeout=15) as answer:
            html: bytes = answer.read()
        return html.decode()

    def headers(self, path: str) -> Message:
        """The headers of the answer to a GET, after its body was read."""
        with self._opener.open(self.base + path, timeout=15) as answer:
            answer.read()
            found: Message = answer.headers
        return found

    def sign_in(self, email: str, password: str) -> ApiClient:
        self.call("POST", "/auth/login", {"email": email, "password": password})
        return self

    def events(self, project_id: int) -> list[dict[str, Any]]:
        """All events of a project with their payloads, oldest issue first; at most 100 issues with 100 events each."""
        found = []
        issues = self.get(
            f"/api/projects/{project_id}/issues?filter=all&limit=100&sort=digest_order&order=asc"
        )
        for issue in issues["items"]:
            base = f"/api/projects/{project_id}/issues/{issue['id']}/events"
            found += [self.get(f"{base}/{event['id']}") for event in self.get(f"{base}?limit=100")["items"]]
        return found
