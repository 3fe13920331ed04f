from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import Project, User
from ingest.digest import loop
from issues.models import Event

SignIn = Callable[[User], Client]


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path / "spool"
    return tmp_path / "spool"


def test_a_test_event_takes_the_usual_road(directory: Path, shop: Project, bo: User, sign_in: SignIn) -> None:
    answer = sign_in(bo).post("/projects/shop/setup/test-event/")
    assert (answer.status_code, answer["Location"]) == (302, "/projects/shop/setup/")
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "The test event has been sent."
    ]
    assert loop.drain(directory) == 1
    assert Event.objects.get().project == shop


def test_it_must_be_posted(directory: Path, shop: Project, bo: User, sign_in: SignIn) -> None:
    assert sign_in(bo).get("/projects/shop/setup/test-event/").status_code == 405


def test_only_members_send_one(directory: Path, shop: Project, cy: User, sign_in: SignIn) -> None:
    assert sign_in(cy).post("/projects/shop/setup/test-event/").status_code == 404
    assert Client().post("/projects/shop/setup/test-event/").status_code == 302
    assert not directory.exists()


def test_a_spool_that_cannot_be_written(directory: Path, shop: Project, bo: User, sign_in: SignIn) -> None:
    directory.write_text("a file where the spool should be")
    answer = sign_in(bo).post("/projects/shop/setup/test-event/")
    assert answer.status_code == 302
    assert "could not be sent" in str(next(iter(get_messages(answer.wsgi_request))))
