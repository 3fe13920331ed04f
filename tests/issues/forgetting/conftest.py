from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Project
from issues.forgetting import whom
from issues.models import Attachment, IssuePerson, Person
from issues.payload.user import number
from issues.record.writer import record
from tests.lib import attachments, sent_sessions, user_reports
from tests.lib.occurrences import NOW, occurrence

# One person with and without an account; and one who is somebody else.
ZELDA = {"id": "qxacc-778", "email": "Qxzelda@example.org", "username": "qxzel", "ip_address": "203.0.113.77"}
VISITOR = {"email": "qxzelda@example.org"}
LINK = {"id": "wvacc-112", "email": "wvlink@example.org", "ip_address": "198.51.100.4"}
#: What must be gone of her; the ends too, as indexes of words share beginnings.
SECRETS = ("qxacc-778", "qxzelda", "xzelda", "qxzel", "203.0.113.77", "qxhouse", "xhouse")
PERSON = number("id:qxacc-778")


def event(user: dict[str, Any] | None, kind: str = "E", **over: Any) -> dict[str, Any]:
    """An event of a person with what names them in a message, a tag and the source of a frame."""
    name = user.get("email", "") if user else ""
    base: dict[str, Any] = {
        "event_id": uuid4().hex,
        "exception": [{"type": kind, "value": "it broke"}],
        "breadcrumbs": [
            {"message": f"mailed {name} at qxhouse" if name.lower().startswith("qx") else "mailed"}
        ],
        "extra": {"padding": "the same text for all of them " * 20},
        "tags": {"customer": name, "plan": "gold"},
    }
    return base | ({"user": user} if user else {}) | over


@pytest.fixture
def storage(tmp_path: Path, settings: Any) -> Path:
    backend = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path)},
    }
    settings.STORAGES = {**settings.STORAGES, "attachments": backend}
    return tmp_path


@pytest.fixture
def world(shop: Project, storage: Path) -> Project:
    """Shop with events of both people: in one issue, in which one of Zelda's events became the reference, and in one of hers alone."""
    ours = [
        event(LINK),
        event(LINK),
        event(None),
        event(ZELDA),
        event(LINK),
        event(VISITOR),
        event(LINK),
        event(ZELDA),
    ]
    alone = event(ZELDA, "Qx", exception=[{"type": "Alone", "value": "no room for Qxzelda@example.org"}])
    for sent in (*ours, alone):
        record(shop.pk, [occurrence(sent)], NOW)
    assert Person.objects.count() == 3
    for user, data in ((ZELDA, b"log of qxhouse"), (LINK, b"log of a castle")):
        sent = next(each for each in ours if each.get("user") == user)
        attachments.keep(shop, attachments.file_item(data, sent["event_id"]))
    said = {"contexts": {"feedback": {"message": "qxhouse is dark", "contact_email": "QXZELDA@example.org"}}}
    item = user_reports.said_item(said, ago=timedelta(minutes=1))
    user_reports.feedback(shop, item, user_reports.said_item({"contexts": {"feedback": {"message": "fine"}}}))
    attachments.keep(shop, attachments.file_item(b"picture of qxhouse", item.id))
    sent_sessions.updates(shop, *(sent_sessions.update(did, did=did) for did in ("qxacc-778", "wvacc-112")))
    assert Attachment.objects.count() == 3
    assert IssuePerson.objects.count() == 4
    assert whom.called(shop, PERSON) == "qxzelda@example.org"
    return shop
