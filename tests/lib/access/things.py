"""One of each thing of Shop that an address can name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from allauth.mfa import models as mfa
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from accounts import keys, teams
from accounts.models import ApiToken, Invitation, InvitedTo, Membership, Project, SignIn, User
from accounts.tokens import wizard
from issues import saved_searches
from issues.comments import written
from issues.models import (
    AlertDelivery,
    Artifact,
    BulkAction,
    CheckIn,
    CodeMapping,
    ExternalIssue,
    Forgetting,
    Issue,
    IssueTracker,
    Monitor,
    MonitorState,
    News,
    NotTheSame,
    Release,
    Remapping,
    Repository,
    UserReport,
)
from issues.sentry_api.issues.named import number_of
from rustrak.lib import clock
from tests.lib import addresses, alert_rules, alerts, artifacts, builders
from tests.lib.attachments import kept
from tests.lib.authenticator import Authenticator

Things = Mapping[str, object]


def make(shop: Project, everybody: list[User]) -> dict[str, object]:
    """By the name of a parameter: the value that names a thing of Shop. `everybody` who sees Shop is in its team."""
    first = everybody[0]
    found = addresses.things(shop, first)
    now = clock.now()
    issue = Issue.objects.get(pk=found["issue_id"])
    event = issue.events.get()
    other = builders.issue(shop, 7)
    monitor = Monitor.objects.get(project=shop)
    state = MonitorState.objects.create(monitor=monitor, environment="production")
    CheckIn.objects.create(state=state, check_in_id=uuid4(), status="ok", started_at=now)
    Release.objects.get_or_create(project=shop, version="shop@1")
    upload = artifacts.upload(shop, release="shop@1", artifact_count=1)
    file = artifacts.artifact(upload, "~/app.js", b"x")
    repository = Repository.objects.get(project=shop)
    channel = alert_rules.channel(shop, "mail", kind="email")
    bystander = User.objects.create_user("bystander@example.org")
    report = UserReport.objects.create(
        project=shop,
        report_id=uuid4(),
        event_id=event.event_id,
        comments="broken",
        source="api",
        ingested_at=now,
    )
    Forgetting.objects.create(project=shop, person=found["person"])
    Remapping.objects.create(project=shop, release="shop@1", total=1, finished_at=now)
    invitation = Invitation.objects.create(invited_by=first, digest="x", expires_at=now + timedelta(days=1))
    InvitedTo.objects.create(invitation=invitation, project=shop)
    IssueTracker.objects.create(
        project=shop, kind="github", template="https://github.com/acme/shop/issues/new"
    )
    NotTheSame.objects.create(issue=issue, other=other)
    symbols = artifacts.upload(shop, kind="debug_file", artifact_count=1)
    operators = teams.create("Operators", by=first, members=[])
    teams.give(shop, operators, "viewer")
    team = teams.create("Payments", by=first, members=everybody)
    return found | {
        "organization": "rustrak", "project": shop.slug, "issue": number_of(issue), "short_id": issue.short_id,
        "event": event.event_id.hex, "event_hex": event.event_id.hex, "key": "level", "other_id": other.pk,
        "version": "shop@1", "rules_version": found["version"], "file_id": file.pk, "upload_id": upload.pk,
        "attachment": kept(shop, b"x", event.event_id.hex).pk, "code": wizard.new_code(), "team_id": team.pk,
        "dsym": artifacts.artifact(symbols, "app.debug", b"x", kind=Artifact.Kind.NATIVE).pk,
        "team_of_project": operators.pk, "invitation_id": invitation.pk, "user_id": bystander.pk, "person_id": bystander.pk,
        "key_id": keys.listed(shop)[0].pk, "feedback_id": report.report_id.hex, "environment_id": state.pk, "channel_id": channel.pk,
        "shared_channel_id": alert_rules.channel(None, "all", kind="email").pk,
        "member_id": Membership.objects.create(email="awaited@example.org", project=shop).pk,
        "membership_id": Membership.objects.create(user=bystander, project=shop).pk,
        "mapping_id": CodeMapping.objects.create(
            project=shop, repository=repository, stack_root="a/", source_root="b/").pk,
        "link_id": ExternalIssue.objects.create(issue=issue, url="https://tracker.example.org/1").pk,
        "delivery_id": alerts.delivery(
            shop, channel, issue, News.NEW, status=AlertDelivery.Status.DROPPED, finished_at=now).pk,
        "kind": "email", "name": "operations", "token": "x", "uidb36": "1", "subject": "issues",
    }  # fmt: skip


def own(user: User, shop: Project, known: Things) -> dict[str, object]:
    """What belongs to this person: nobody else's would be found."""
    issue = Issue.objects.select_related("project").get(pk=known["issue_id"])
    action = BulkAction.objects.create(
        user=user,
        project=shop,
        kind="mute",
        total=1,
        done=1,
        state="done",
        finished_at=clock.now() - timedelta(seconds=1),
    )
    return {
        "search_id": saved_searches.create(user, shop, "Mine", saved_searches.View()).pk,
        "search_of_all_id": saved_searches.create(user, None, "Mine", saved_searches.View()).pk,
        "comment_id": written.add(issue, user, "I saw it.").comment.pk,
        "token_id": ApiToken.objects.issue(user)[0].pk,
        "action_id": action.pk,
        "sign_in_id": SignIn.objects.create(user=user, session_key=f"s{user.pk}").pk,
        "pk": _second_factors(user).pk,
    }


def _second_factors(user: User) -> mfa.Authenticator:
    """A passkey, an authenticator app and recovery codes; the passkey."""
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    key = Authenticator("http://testserver")
    made = key.made(
        {"publicKey": {"challenge": "c" * 24, "rp": {"id": "testserver"}, "user": {"id": "dXNlcg"}}}
    )
    data = {"name": "Phone", "credential": json.loads(made)}
    return mfa.Authenticator.objects.create(user=user, type=mfa.Authenticator.Type.WEBAUTHN, data=data)
