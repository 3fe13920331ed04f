"""What holds for the answer of every address: headers, content types, and that a Host header is repeated nowhere."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from accounts.models import ApiToken, Project, User
from accounts.tokens import issuing
from issues.models import AlertChannel
from rustrak.lib import sealed
from rustrak.lib.http import response_headers
from tests.lib.addresses import addresses, some, things

# What a browser would run, or show as a page of ours, is HTML that we made; of scripts there is Django's for its admin.
PAGES, SCRIPTS = {"text/html"}, {"/admin/jsi18n/"}
DATA = {
    "application/json", "application/octet-stream", "application/problem+json", "application/zip", "text/csv", "text/markdown", "text/plain",
    "image/gif", "image/jpeg", "image/png", "image/webp",
}  # fmt: skip
EVIL = "evil.example"


def flaws(path: str, answer: HttpResponseBase) -> list[str]:
    """What is wrong with the headers of an answer."""
    # A page whose own address is a secret may say nothing of it.
    stricter = {"Referrer-Policy": "no-referrer"}
    found = [
        name
        for name, value in response_headers.SECURITY.items()
        if answer.get(name) not in {value, stricter.get(name, value)}
    ]
    content_type = answer.get("Content-Type", "").partition(";")[0]
    policy = {
        part.split()[0]: part.split()[1:]
        for part in answer.get("Content-Security-Policy", "").split(";")
        if part.strip()
    }
    if policy.get("default-src") != ["'none'"]:
        found.append("default-src")
    if content_type in PAGES:
        found += [name for name in ("frame-ancestors", "base-uri") if policy.get(name) != ["'none'"]]
        found += ["form-action"] if policy.get("form-action") != ["'self'"] else []
    for name, sources in policy.items():
        allowed = {"'none'", "'self'"} | ({"data:"} if name == "img-src" else set())
        if not set(sources) <= allowed:
            found.append(f"{name} {sources}")
    if answer.status_code not in {204, 301, 302, 304} and path not in SCRIPTS:
        if content_type not in PAGES | DATA:
            found.append(f"content type {content_type!r}")
        if content_type == "application/octet-stream" and not answer.get(
            "Content-Disposition", ""
        ).startswith("attachment"):
            found.append("not a download")
    return found


def test_flaws_are_found() -> None:
    answer = HttpResponse("x", content_type="image/svg+xml", headers=dict(response_headers.SECURITY))
    answer["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self' 'unsafe-inline'; img-src data: *"
    )
    del answer["X-Frame-Options"]
    assert flaws("/x", answer) == [
        "X-Frame-Options",
        "script-src [\"'self'\", \"'unsafe-inline'\"]",
        "img-src ['data:', '*']",
        "content type 'image/svg+xml'",
    ]


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> None:
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "attachments": files}


def test_every_address(
    shop: Project,
    ana: User,
    sign_in: Callable[[User], Client],
    storage: None,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    every = some(addresses(things(shop, ana)))
    secrets = known_secrets(ana, settings)
    assert len(every) > 40
    # Browsers cannot choose the Host of a request; what stands between them and us can.
    poisoned = {"HTTP_HOST": EVIL, "HTTP_X_FORWARDED_HOST": EVIL, "HTTP_FORWARDED": f"host={EVIL}"}
    found: dict[str, object] = {}
    seen, client = set(), None
    for at in every:
        if client is None or "logout" in at.path:
            client = sign_in(ana)
            client.raise_request_exception = False
        answer = client.get(at.path, **poisoned)
        seen.add(answer.status_code)
        text = b"".join(answer) if answer.streaming else answer.content
        wrong = flaws(at.path, answer)
        if answer.status_code >= 500:
            wrong.append(f"status {answer.status_code}")
        if EVIL.encode() in text or EVIL in answer.get("Location", ""):
            wrong.append("the Host header")
        wrong += [f"the {name}" for name, secret in secrets.items() if secret.encode() in text]
        if wrong:
            found[f"{at.route} ({at.path})"] = wrong
    assert found == {}
    assert [name for name, secret in secrets.items() if secret in caplog.text] == []
    assert {200, 302, 404} <= seen


def known_secrets(person: User, settings: Any) -> dict[str, str]:
    """Secrets of an installation, by what they are. Those of settings are set."""
    settings.EMAIL_HOST_PASSWORD = "mail-hunter2"  # noqa: S105
    _, token = ApiToken.objects.issue(person)
    _, upload = issuing.issue(person, "builds", form="sentry")
    address = "https://hooks.example.com/services/hunter2"
    AlertChannel.objects.create(name="Team chat", kind="slack", secrets=sealed.seal({"url": address}))
    return {
        "password's hash": person.password, "token": token, "token of upload clients": upload,
        "hash of a token": ApiToken.objects.latest("pk").digest, "channel's address": address,
        "key of the installation": settings.SECRET_KEY, "password of the mail server": settings.EMAIL_HOST_PASSWORD,
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/no/page", "get"),
        ("/profile/", "post"),
        ("/accounts/login/", "put"),
        ("/api/none", "get"),
    ],
)
def test_errors_of_strangers(path: str, method: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True, raise_request_exception=False), method)(path)
    assert answer.status_code >= 400
    assert flaws(path, answer) == []


def test_the_page_of_an_exception(bo_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("accounts.pages.profile.ProfileForm", broken)
    bo_client.raise_request_exception = False
    answer = bo_client.get("/profile/")
    assert answer.status_code == 500
    assert flaws("/profile/", answer) == []
    assert not re.search("hunter2|RuntimeError|Traceback", answer.content.decode())
