from __future__ import annotations

import email
import email.policy
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Project, User
from issues.alerts.channel import Failed
from issues.alerts.mail import links, sending
from issues.models import AlertPreferences, News
from tests.lib.alert_notices import about_issue, about_project, burst, notice
from tests.lib.smtp_server import SMTPServer, closed_port, running, use

OTHER = UUID(int=8)


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> Iterator[None]:
    settings.MAIL_IS_SET_UP = True
    settings.PUBLIC_URL = "https://errors.example.org"
    yield
    sending.close()


@pytest.fixture
def server(settings: Any) -> Iterator[SMTPServer]:
    with running(SMTPServer()) as server:
        use(settings, server.port)
        yield server
        sending.close()


def letters(server: SMTPServer) -> list[EmailMessage]:
    return [email.message_from_string(text, policy=email.policy.default) for _, text in server.letters]  # type: ignore[misc]


def test_a_message_to_a_person(server: SMTPServer, bo: User, shop: Project) -> None:
    sent = sending.send(bo, notice(), {})
    assert sent.status == 250
    (letter,) = letters(server)
    assert server.letters[0][0] == ["bo@example.org"]
    assert letter["Subject"] == "[Shop] KeyError: 'order_id' (SHOP-12)"
    assert letter["To"] == "bo@example.org"
    assert letter["Message-ID"] == f"<alert.{notice().id}@errors.example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Id"] == "<shop.alerts.errors.example.org>"
    assert letter["X-Rustrak-Issue"] == "SHOP-12"
    assert letter["In-Reply-To"] is letter["References"] is None
    text, html = letter.get_body(["plain"]), letter.get_body(["html"])
    assert text is not None
    assert html is not None
    assert letter.get_content_type() == "multipart/alternative"
    assert "KeyError: 'order_id'" in text.get_content()
    assert "rule “New and regressed issues” of the project Shop" in text.get_content()
    assert max(len(line) for line in server.letters[0][1].splitlines()) <= 998


def test_one_click_unsubscribes(server: SMTPServer, bo: User, shop: Project) -> None:
    sending.send(bo, notice(project=about_project(id=5)), {})
    (letter,) = letters(server)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = letter["List-Unsubscribe"].strip(" <>")
    assert url.startswith("https://errors.example.org/unsubscribe/")
    token = url.split("/")[-2]
    assert links.read(token) == links.Subscription(bo.pk, 5)
    text = letter.get_body(["plain"])
    assert text is not None
    assert url in text.get_content()
    assert "https://errors.example.org/profile/alerts/" in text.get_content()


def test_later_news_join_the_conversation(server: SMTPServer, bo: User, shop: Project) -> None:
    first = sending.send(bo, notice(), {})
    renamed = about_issue(title="KeyError: 'another'")
    second = sending.send(bo, notice(News.REGRESSED, id=OTHER, issue=renamed), first.thread)
    third = sending.send(bo, notice(News.RESOLVED, id=UUID(int=9)), second.thread)
    one, two, three = letters(server)
    assert first.thread == second.thread == third.thread
    for later in (two, three):
        assert later["In-Reply-To"] == later["References"] == one["Message-ID"]
        assert later["Subject"] == f"Re: {one['Subject']}", "mail programs part what has another subject"
    assert len({one["Message-ID"], two["Message-ID"], three["Message-ID"]}) == 3


def test_every_attempt_has_the_same_id(server: SMTPServer, bo: User, shop: Project) -> None:
    sending.send(bo, notice(), {})
    sending.send(bo, notice(), {})
    one, two = letters(server)
    assert one["Message-ID"] == two["Message-ID"]


@pytest.mark.parametrize(
    "thread",
    [
        {"message_id": "<a@b>\r\nBcc: eve@example.org", "subject": "x"},
        {"message_id": 5, "subject": ["x"]},
        {"message_id": "<a@b>", "subject": "x\r\nBcc: eve@example.org"},
        {"message_id": "<a@b>", "subject": "x" * 5000},
    ],
)
def test_a_conversation_that_is_not_ours_ends_no_header(
    server: SMTPServer, bo: User, shop: Project, thread: dict[str, Any]
) -> None:
    sending.send(bo, notice(), thread)
    (letter,) = letters(server)
    assert letter["Bcc"] is None
    assert len(letter["Subject"]) < 300


def test_titles_in_other_scripts(server: SMTPServer, bo: User, shop: Project) -> None:
    title = "Ошибка: 注文が見つかりません 🛒 " + "é" * 300
    sending.send(bo, notice(issue=about_issue(title=title)), {})
    assert server.letters[0][1].isascii(), "servers without 8BITMIME take it too"
    (letter,) = letters(server)
    assert letter["Subject"].strip().startswith("[Shop] Ошибка: 注文が見つかりません 🛒 é")
    text = letter.get_body(["plain"])
    assert text is not None
    assert "注文が見つかりません" in text.get_content()


@pytest.mark.parametrize("title", ["KeyError: 'order_id'", "𐍈" * 1200])
def test_a_burst_is_short_enough_for_every_mail_program(
    server: SMTPServer, bo: User, shop: Project, title: str
) -> None:
    sending.send(bo, burst(title=title), {})
    assert len(server.letters[0][1]) < 100_000
    (letter,) = letters(server)
    assert letter["Subject"] == "[Shop] 10,000 new issues"


def test_one_connection_serves_a_run(server: SMTPServer, bo: User, shop: Project) -> None:
    for number in range(3):
        sending.send(bo, notice(id=UUID(int=number)), {})
    assert server.connections == 1
    sending.close()
    assert server.commands[-1] == b"quit"


def test_sending_reads_no_rows(server: SMTPServer, bo: User, django_assert_num_queries: Any) -> None:
    user = User.objects.select_related("alert_preferences").get(pk=bo.pk)
    with django_assert_num_queries(0):
        sending.send(user, notice(), {})


def test_each_thread_has_a_connection(server: SMTPServer, bo: User) -> None:
    user = User.objects.select_related("alert_preferences").get(pk=bo.pk)
    with ThreadPoolExecutor(2) as threads:
        barrier = threading.Barrier(2)
        for number in range(2):
            threads.submit(
                lambda key: (barrier.wait(5), sending.send(user, notice(id=key), {})), UUID(int=number)
            )
    sending.close()
    assert server.connections == 2
    assert server.commands.count(b"quit") == 2
    assert len(server.letters) == 2


def test_a_connection_is_renewed(server: SMTPServer, bo: User, shop: Project, monkeypatch: Any) -> None:
    monkeypatch.setattr(sending, "MOST_MESSAGES", 2)
    for number in range(3):
        sending.send(bo, notice(id=UUID(int=number)), {})
    assert server.connections == 2


@pytest.mark.parametrize(
    ("replies", "final", "status", "of_server"),
    [
        ({b"RCPT": b"550 5.1.1 no such user"}, True, 550, False),
        ({b"RCPT": b"450 4.7.1 greylisted"}, False, 450, False),
        ({b".": b"554 spam"}, True, 554, False),
        ({b".": b"451 later"}, False, 451, False),
        ({b"MAIL": b"550 not yours"}, False, 550, True),
        ({b"": b"421 busy"}, False, 421, True),
        ({b".": None}, False, None, False),
    ],
)
def test_what_the_server_refuses(
    settings: Any, bo: User, shop: Project, replies: dict[bytes, bytes | None], final: bool, status: int | None,
    of_server: bool,
) -> None:  # fmt: skip
    with running(SMTPServer(replies)) as server:
        use(settings, server.port, EMAIL_HOST_USER="me", EMAIL_HOST_PASSWORD="hunter2")
        with pytest.raises(Failed) as failed:
            sending.send(bo, notice(), {})
        sending.close()
    error = failed.value
    assert (error.final, error.status, error.holds) == (final, status, of_server)
    assert "hunter2" not in f"{error} {error.text} {error.answer}"


def test_a_server_that_is_away(settings: Any, bo: User, shop: Project) -> None:
    with closed_port() as port:
        use(settings, port)
        with pytest.raises(Failed, match="refuses connections") as failed:
            sending.send(bo, notice(), {})
    assert (failed.value.final, failed.value.holds) == (False, True)


def test_without_a_server_nothing_is_sent(settings: Any, bo: User, mailoutbox: list[Any]) -> None:
    settings.MAIL_IS_SET_UP = False
    with pytest.raises(Failed, match="EMAIL_URL") as failed:
        sending.send(bo, notice(), {})
    assert failed.value.final
    assert mailoutbox == []


def test_a_message_to_a_list_of_addresses(server: SMTPServer) -> None:
    sent = sending.send_to(["ops@example.org", "on-call@example.org"], notice(), {})
    assert sent.answer == ""
    assert server.letters[0][0] == ["ops@example.org", "on-call@example.org"]
    (letter,) = letters(server)
    assert letter["List-Unsubscribe"] is None, "one reader of a list must not unsubscribe the others"
    text = letter.get_body(["plain"])
    assert text is not None
    assert "/projects/shop/alerts/" in text.get_content()


def test_an_address_that_is_refused_beside_others_is_named(settings: Any) -> None:
    with running(SMTPServer({b"RCPT TO:<GONE": b"550 5.1.1 no such user"})) as server:
        use(settings, server.port)
        sent = sending.send_to(["ops@example.org", "gone@example.org"], notice(), {})
        sending.close()
    assert server.letters[0][0] == ["ops@example.org"]
    assert sent.answer == "not taken for gone@example.org: 550 5.1.1 no such user"


def test_times_are_in_the_persons_zone(server: SMTPServer, bo: User, shop: Project) -> None:
    AlertPreferences.objects.create(user=bo, time_zone="Asia/Kolkata")
    sending.send(bo, notice(), {})
    (letter,) = letters(server)
    text = letter.get_body(["plain"])
    assert text is not None
    assert "2 Mar 2026 17:30 IST" in text.get_content()


def test_a_host_that_is_an_address(server: SMTPServer, settings: Any, bo: User, shop: Project) -> None:
    settings.PUBLIC_URL = "http://[::1]:8000"
    first = sending.send(bo, notice(), {})
    sending.send(bo, replace(notice(), id=OTHER), first.thread)
    one, two = letters(server)
    assert one["Message-ID"] == f"<alert.{notice().id}@[::1]>"
    assert two["In-Reply-To"] == one["Message-ID"]
