from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts import invitations, projects
from accounts.invitations import making
from accounts.models import AuditEntry, Invitation, Membership, Project, User
from accounts.sign_in import limits
from rustrak.lib import problems
from rustrak.mail.models import Message

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def boss(shop: Project) -> User:
    """An admin of Shop alone."""
    user = User.objects.create_user("boss@example.org")
    Membership.objects.create(user=user, project=shop, role=Membership.Role.ADMIN)
    return user


def test_the_secret_is_returned_once_and_stored_as_a_hash(ana: User, shop: Project) -> None:
    made, secret = invitations.create(ana, grants={shop: "viewer"})
    assert len(secret) == 43
    assert secret not in str(Invitation.objects.values().get())
    assert secret not in str(list(AuditEntry.objects.values()))
    assert invitations.link(secret).endswith(f"/invitations/{secret}/")
    assert invitations.find(secret) == made


@pytest.mark.parametrize(
    ("who", "role", "where", "words"),
    [
        ("boss", "member", (), "Only admins of the installation"),
        ("boss", "auditor", ("shop",), "Only admins of the installation"),
        ("boss", "admin", ("shop",), "Only admins of the installation"),
        ("boss", "member", ("shop", "other"), "Only admins of Other"),
        ("bo", "member", ("shop",), "Only admins of Shop"),
        ("admin", "owner", (), "Only an owner"),
        ("auditor", "member", ("shop",), "Only admins of Shop"),
    ],
)
def test_nobody_gives_more_than_they_have(
    boss: User, bo: User, ana: User, shop: Project, who: str, role: str, where: tuple[str, ...], words: str
) -> None:
    other = projects.create("Other")
    people = {"boss": boss, "bo": bo}
    by = people.get(who) or User.objects.create_user(f"{who}@example.org", role=who)
    grants = {project: "viewer" for project in (shop, other) if project.slug in where}
    with pytest.raises(invitations.NotAllowed, match=words):
        invitations.create(by, role=role, grants=grants)
    assert not Invitation.objects.exists()


def test_a_token_gives_no_more_than_it_may(ana: User, shop: Project) -> None:
    ana.token_capabilities = frozenset({"event:write"})
    with pytest.raises(invitations.NotAllowed):
        invitations.create(ana, grants={shop: "viewer"})


def test_a_renewed_link_replaces_the_former_one(ana: User, boss: User, shop: Project) -> None:
    with time_machine.travel(NOON, tick=False):
        made, old = invitations.create(ana, grants={shop: "admin"}, days=1)
        invitations.revoke(made)
        new = invitations.renew(made, boss, days=7)
        with pytest.raises(invitations.Gone, match="not valid"):
            invitations.find(old)
        found = invitations.find(new)
        assert (found.invited_by, found.expires_at) == (boss, NOON + timedelta(days=7))
    actions = list(AuditEntry.objects.order_by("id").values_list("action", "project_name"))
    assert actions == [
        ("invitation.create", "Shop"),
        ("invitation.revoke", "Shop"),
        ("invitation.renew", "Shop"),
    ]


def test_the_list_says_what_became_of_each_and_who_may_change_it(
    ana: User, boss: User, bo: User, shop: Project
) -> None:
    with time_machine.travel(NOON) as time:
        invitations.create(boss, grants={shop: "viewer"}, days=1)
        time.shift(timedelta(days=2))
        of_all, _ = invitations.create(ana, role="admin", grants={shop: "viewer"})
        gone, _ = invitations.create(boss, grants={shop: "viewer"})
        assert invitations.revoke(gone)
        assert not invitations.revoke(gone)
        _, used = invitations.create(boss, grants={shop: "admin"})
        invitations.accept(used, bo)
        rows = {row.state: row for row in invitations.listed(boss, [shop])}
        assert set(rows) == {"open", "expired", "revoked", "accepted"}
        assert rows["open"].invitation == of_all
        assert not rows["open"].may_manage
        assert rows["expired"].is_renewable
        assert not rows["expired"].is_revocable
        assert invitations.listed(boss, [projects.create("Other")]) == []
        Membership.objects.filter(user=boss).update(role="member")
        _, void = invitations.create(ana, grants={shop: "viewer"})
        Invitation.objects.filter(digest=making.digest(void)).update(invited_by=boss)
        assert [row.state for row in invitations.listed(ana)][:2] == ["void", "open"]
        time.shift(making.KEPT + timedelta(days=9))
        invitations.create(ana)
        assert Invitation.objects.count() == 1  # what was over long ago is deleted


def test_open_invitations_and_attempts_are_bounded(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST_OPEN", 2)
    first, _ = invitations.create(ana)
    invitations.create(ana)
    with pytest.raises(invitations.BadInvitation, match="2 open invitations"):
        invitations.create(ana)
    invitations.renew(first, ana)  # is no further one
    monkeypatch.setattr(limits, "INVITATIONS", 4)
    with pytest.raises(problems.TooMany):
        invitations.renew(first, ana)


def test_the_link_is_mailed_where_mail_goes_out(ana: User, shop: Project, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    invitations.create(ana, grants={shop: "viewer"})
    assert not Message.objects.exists()
    _, secret = invitations.create(ana, email="Dee@Example.org", grants={shop: "viewer"})
    message = Message.objects.get()
    assert message.recipient == "dee@example.org"
    assert invitations.link(secret) in message.body
    assert "Shop, as viewer" in message.body
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    invitations.create(ana, email="dee@example.org")
    assert Message.objects.count() == 1
