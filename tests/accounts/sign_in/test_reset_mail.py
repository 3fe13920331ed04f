from __future__ import annotations

import re
import smtplib
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.sign_in.reset_mail import RESET
from rustrak.mail import delivery, kinds
from rustrak.mail.models import Message
from tests.lib.smtp_server import SMTPServer, closed_port, running, use

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "bo@example.org", "no@example.org"


def ask(email: str, client: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=client).post("/accounts/password/reset/", {"email": email})


def test_a_request_does_the_same_work_for_known_and_unknown_addresses(bo: User) -> None:
    statements = []
    for email in (KNOWN, UNKNOWN):
        with (
            CaptureQueriesContext(connection) as queries,
            mock.patch("accounts.adapter.AccountAdapter.render_mail", side_effect=AssertionError),
            mock.patch.object(smtplib, "SMTP", side_effect=AssertionError),
        ):
            answer = ask(email)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/done/")
        statements.append(
            [
                re.sub(r"\d+", "", " ".join(query["sql"].split()[:4]))
                for query in queries
                if "SAVEPOINT" not in query["sql"]
            ]
        )
    assert statements[0] == statements[1]
    assert set(Message.objects.values_list("kind", "recipient", "subject", "body")) == {
        (RESET, KNOWN, "", ""),
        (RESET, UNKNOWN, "", ""),
    }


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_a_server_that_refuses_or_says_nothing_changes_no_answer(bo: User, settings: Any, email: str) -> None:
    with closed_port() as port:
        use(settings, port)
        assert ask(email).status_code == 302
    with running(SMTPServer(silent=True)) as server:
        use(settings, server.port)
        assert ask(email).status_code == 302
    assert server.connections == 0


def test_the_link_is_made_when_the_message_is_sent(bo: User, settings: Any) -> None:
    ask("BO@Example.org")
    ask(UNKNOWN)
    with running(SMTPServer()) as server:
        use(settings, server.port)
        delivery.deliver()
    (letter,) = server.letters
    assert letter[0] == [KNOWN]
    assert "http://testserver/accounts/password/reset/key/" in letter[1]
    assert not Message.objects.exists()


def test_no_message_for_who_was_deactivated_meanwhile(bo: User, mailoutbox: Any) -> None:
    ask(KNOWN)
    User.objects.filter(pk=bo.pk).update(is_active=False)
    delivery.deliver()
    assert mailoutbox == []
    assert not Message.objects.exists()


def test_an_address_that_is_too_long_is_answered_alike() -> None:
    assert ask("a@" + "b." * 150 + "org").status_code in {200, 302}


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_a_full_outbox_is_answered_alike(bo: User, monkeypatch: Any, email: str) -> None:
    kind = kinds.named(RESET)
    monkeypatch.setitem(kinds._kinds, RESET, kinds.Kind(RESET, most=0, write=kind.write))
    ask("first@example.org")
    answer = ask(email)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
