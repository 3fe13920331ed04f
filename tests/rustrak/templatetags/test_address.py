from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

FORM = {"login": "ana@example.org", "password": "x"}


@pytest.mark.django_db
@pytest.mark.parametrize(("secure", "told"), [(False, True), (True, False)])
def test_who_cannot_sign_in_over_http_is_told_where(settings: Any, secure: bool, told: bool) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.PUBLIC_URL = "https://errors.example.org"
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", FORM, secure=secure)
    assert answer.status_code == 403
    assert (b'<a href="https://errors.example.org">' in answer.content) is told


@pytest.mark.django_db
def test_without_https_the_page_has_expired(settings: Any) -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", FORM)
    assert b"This page has expired" in answer.content
