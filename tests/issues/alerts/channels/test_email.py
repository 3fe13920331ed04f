from __future__ import annotations

from typing import Any

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import email
from issues.alerts.channels.registry import KINDS
from issues.alerts.mail import sending
from issues.models import News
from rustrak.outbound.client import Request, Response
from tests.lib.alert_notices import notice
from tests.lib.smtp_server import SMTPServer, running, use


def none(request: Request) -> Response:
    raise AssertionError("mail needs no HTTP")


def test_a_channel_sends_one_message_to_its_addresses(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    config = {"addresses": "ops@example.org\r\nteam@example.org, ops@example.org"}
    assert email.check(config) == {}
    with running(SMTPServer()) as server:
        use(settings, server.port)
        first = KINDS["email"].send(config, notice(), {}, none)
        KINDS["email"].send(config, notice(News.RESOLVED), first.thread, none)
        sending.close()
    assert [to for to, _ in server.letters] == [["ops@example.org", "team@example.org"]] * 2
    assert f"In-Reply-To: {first.thread['message_id']}" in server.letters[1][1]
    assert "List-Unsubscribe" not in server.letters[0][1]


def test_a_server_without_mail_says_so(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = False
    with pytest.raises(Failed, match="EMAIL_URL"):
        email.send({"addresses": "ops@example.org"}, notice(), {}, none)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at least one"),
        (" \n,;", "at least one"),
        ("ops", "is not an e-mail address"),
        ("ops@example.org>\r\nbcc:<eve@example.org", "is not an e-mail address"),
        ("Ops <ops@example.org>", "is not an e-mail address"),
        ("öps@example.org", "is not an e-mail address"),
        ("ops@localhost\0", "is not an e-mail address"),
        ("\n".join(f"p{number}@example.org" for number in range(11)), "at most 10"),
    ],
)
def test_addresses_that_cannot_be_used(text: str, words: str) -> None:
    assert words in email.check({"addresses": text})["addresses"]


def test_a_domain_in_another_script_is_sent_in_ascii(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    config = {"addresses": "ops@bücher.example"}
    assert email.check(config) == {}
    with running(SMTPServer()) as server:
        use(settings, server.port)
        email.send(config, notice(), {}, none)
        sending.close()
    assert server.letters[0][0] == ["ops@xn--bcher-kva.example"]
