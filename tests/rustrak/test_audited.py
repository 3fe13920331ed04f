"""Every address that changes something: which entry of the audit log it makes, or why none."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.audit.actions import Action
from accounts.models import AuditEntry, Invitation, Membership, Project, User
from issues.models import Monitor, Person, UserReport
from issues.sentry_api.routes import api as sentry_api
from rustrak.api.whole import api
from rustrak.lib import clock
from tests.conftest import PASSWORD
from tests.lib import artifacts, builders
from tests.lib.json_api import Caller
from tests.lib.user_reports import feedback, said_item

SAFE = {"GET", "HEAD", "OPTIONS"}

# By what is recorded: the names of pages, and the operations of the API, with * for any text.
AUDITED: dict[str, str] = {
    "account.*": "account_signup first_run POST:/auth/register",
    "password.*": "account_change_password account_set_password account_reset_password_from_key",
    "token.*": "tokens token_delete project_token_create wizard POST:/api/tokens DELETE:/api/tokens/*",
    "project.*": "project_new project_settings project_delete project_limits PATCH:*/limits POST:/api/projects DELETE:/api/projects/{int:project_id}",
    "key.*": "project_key project_key_* project_keys */keys */keys/{int:key_id} */keys/{int:key_id}/rotate",
    "filters.*": "project_filters PATCH:*/filters",
    "privacy.*": "project_privacy installation_privacy PUT:*/privacy",
    "factor.*": "mfa_activate_totp mfa_add_webauthn mfa_deactivate_totp mfa_edit_webauthn mfa_remove_webauthn mfa_generate_recovery_codes",
    "session.*": "session_end sessions_end",
    "person.*": "email_confirm person_of_installation PATCH:/api/users/*",
    "member.*": "project_members member_change */members */members/{int:member_id}",
    "invitation.*": "invitation project_invite project_invitation installation_invite invitation_change *:/api/invitations*",
    "team.*": "team team_list project_team_* POST:/api/teams *:/api/teams/* *:/api/projects/*/teams/*",
    "grouping.*, project.*": "project_grouping PATCH:/api/projects/{int:project_id}",
    "fingerprint_rules.*": "fingerprint_rules PUT:*/fingerprint-rules",
    "ownership.*": "project_owners PUT:*/owners",
    "repository.*": "project_repositories project_repository *repositories */repositories/{int:repository_id} *code-mappings* POST:/api/0/*code-mappings/bulk",
    "tracker.*": "issue_tracker *:/api/projects/*/issue-tracker",
    "fetching.*": "map_fetching",
    "upload.*": "artifact_upload_delete DELETE:/api/0/*/files/*",
    "alert_rule.*": "alert_rule alert_rule_* *alert-rules PATCH:*alert-rules/* DELETE:*alert-rules/*",
    "channel.*": "alert_channel alert_channel_new alert_channel_delete shared_channel shared_channel_new shared_channel_delete *alert-channels PATCH:*alert-channels/* DELETE:*alert-channels/*",
    "monitor.*": "monitor_act monitor_delete *:/api/projects/*/monitors/*",
    "issues.*": "issue_delete DELETE:*/issues/{issue_id} DELETE:/api/0/*/issues/{issue}",
    "user.*": "person_forget POST:*/forget",
    "feedback.*": "DELETE:*/feedback/{feedback_id}",
}  # fmt: skip

NOT_AUDITED: dict[str, str] = {
    "what is done to an issue is in its activity, also that of many at once; deleting makes an entry": (
        "issues_act all_issues_act bulk_action_* issue_link issue_unmerge grouping_* look_alikes_act comment_* "
        "fingerprint_rules_bring POST:*/issues/bulk POST:*/issues/*/merge PATCH:*/issues/{issue_id} *comments* *external-issues* "
        "*not-the-same* POST:*/groupings/* POST:*/merged-issues/* POST:/api/bulk-actions/* PUT:/api/0/*issues* POST:*/notes *bindings"
    ),
    "feedback says who finished it; deleting makes an entry": "feedback_act PATCH:*/feedback/{feedback_id}",
    "a person's own list, searches, watches and mail": (
        "*saved_search* */saved-searches* review_seen all_review_seen issue_watch *watchers/me my_alerts project_mail "
        "unsubscribe *alert-preferences profile"
    ),
    "sending it again or as a test is in the history of alerts": "alert_send_again *_test *_resume *channels/*/resume *channels/*/test",
    "it saves nothing": "*/preview */privacy/try",
    "builds and tools do it with every release, which says so": (
        "release_* POST:*/releases PATCH:*/releases/* PUT:*/releases/* DELETE:*/releases/{path:version} *deploys *remap *assemble "
        "*chunk-upload POST:*/files POST:*/files/dsyms* DELETE:/api/0/wizard/*"
    ),
    "an event that is stored like any other; a hint on a page": "send_test_event advice_close",
    "a session begins or ends: the person's page of sessions has it": (
        "account_login account_logout account_reauthenticate account_confirm_login_code account_inactive mfa_authenticate mfa_login_webauthn mfa_reauthenticate mfa_reauthenticate_webauthn oidc_connect sign_in_link POST:/auth/log*"
    ),
    "it sends a mail, or says that it did": "email_change account_reset_password account_reset_password_*done account_email* account_confirm_email",
    "pages to read, which look at no method": "docs docs_of mfa_index mfa_list_webauthn mfa_view_recovery_codes mfa_download_recovery_codes document documentation auth-tokens *missing",
}


def _patterns(patterns: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if (
                pattern.app_name != "admin"
            ):  # issues and accounts of the Django admin: tests/accounts/admin/test_changed.py
                yield from _patterns(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


def _methods(view: Any) -> set[str] | None:
    """The methods that a view's decorators let through; None: any."""
    while view is not None:
        found = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        if "request_method_list" in found:
            return set(found["request_method_list"])
        view = getattr(view, "__wrapped__", None)
    return None


def changing() -> set[str]:
    """What may change something: the names of pages, and `METHOD:path` of operations."""
    found = set()
    for route, pattern in _patterns(get_resolver().url_patterns):
        methods = _methods(pattern.callback)
        if not pattern.callback.__module__.startswith("ninja") and (methods is None or methods - SAFE):
            found.add(pattern.name or ("auth-tokens" if "auth-tokens" in route else f"{route} missing"))
    for one in (api, sentry_api):
        for _, router in one._routers:
            for path, view in router.path_operations.items():
                found |= {
                    f"{method}:{path}"
                    for each in view.operations
                    for method in each.methods
                    if method not in SAFE
                }
    return found


def test_every_address_that_changes_something_says_what_is_recorded() -> None:
    listed = [glob for globs in (*AUDITED.values(), *NOT_AUDITED.values()) for glob in globs.split()]
    addresses = changing()
    matching = {name: [glob for glob in listed if fnmatchcase(name, glob)] for name in addresses}
    assert [name for name, globs in matching.items() if not globs] == []
    used = {glob for globs in matching.values() for glob in globs}
    assert [glob for glob in listed if glob not in used] == []
    # What is said to be recorded is not also said not to be.
    left_out = {glob for globs in NOT_AUDITED.values() for glob in globs.split()}
    both = [name for name, globs in matching.items() if 0 < len(left_out & set(globs)) < len(globs)]
    assert both == []


def test_every_action_is_said_of_an_address_or_done_in_the_admin() -> None:
    nouns = {part.strip().removesuffix(".*") for names in AUDITED for part in names.split(",")}
    assert {action.value.split(".")[0] for action in Action} - nouns <= {"person", "user"}


@pytest.mark.django_db
def test_every_kind_of_change_makes_its_entry(ana: User, bo: User, shop: Project, settings: Any) -> None:
    """Ana and a program of hers do everything once, by pages and by the API."""
    settings.REGISTRATION = "open"
    api, browser = Caller(ana), Client(REMOTE_ADDR="203.0.113.9")
    browser.force_login(ana, backend="allauth.account.auth_backends.AuthenticationBackend")

    api.client.defaults["REMOTE_ADDR"] = "203.0.113.9"

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = api(method, path, body)
        assert answer.status_code < 300, (path, answer.content)
        return answer.json() if answer.content else None

    def post(path: str, **data: Any) -> None:
        answer = browser.post(path, data)
        assert answer.status_code == 302, (path, answer.status_code)

    own = f"/api/projects/{shop.pk}"
    made = call("POST", "/api/projects", {"name": "Other"})
    call("PATCH", own, {"name": "Store", "grouping": "smart"})
    post("/projects/shop/settings/limits/", retain_days="5")
    post("/projects/shop/settings/filters/", localhost="on")
    key = call("POST", f"{own}/keys", {"name": "Mobile"})["id"]
    call("PATCH", f"{own}/keys/{key}", {"name": "Phone"})
    call("POST", f"{own}/keys/{key}/rotate", {"grace_hours": 1})
    call("DELETE", f"{own}/keys/{key}")
    post("/projects/shop/settings/members/", email="cy@example.org", role="member")
    member = Membership.objects.get(email="cy@example.org").pk
    post(f"/projects/shop/settings/members/{member}/", action="role", role="admin")
    post(f"/projects/shop/settings/members/{member}/", action="remove")
    invite = "/projects/shop/settings/members/invitations/"
    fields = {"invite-role": "viewer", "invite-days": "7"}
    assert browser.post(invite, fields).status_code == 200
    at = f"{invite}{Invitation.objects.get().pk}/"
    post(at, action="revoke")
    assert browser.post(at, {"action": "renew"}).status_code == 200
    page = browser.post(invite, fields).content.decode()
    post(urlsplit(re.findall(r'<code id="invitation-link">([^<]+)<', page)[0]).path)
    team = call("POST", "/api/teams", {"name": "Payments"})["id"]
    call("PATCH", f"/api/teams/{team}", {"name": "Money", "members": [bo.pk]})
    call("PUT", f"{own}/teams/{team}", {"role": "viewer"})
    call("DELETE", f"/api/teams/{team}")
    token = call("POST", "/api/tokens", {})["id"]
    call("DELETE", f"/api/tokens/{token}")
    call("PUT", f"{own}/owners", {"text": "path:* bo@example.org"})
    call("PUT", f"{own}/fingerprint-rules", {"text": "type:A -> a"})
    call(
        "PUT",
        f"{own}/issue-tracker",
        {"kind": "github", "template": "https://github.com/a/b/issues/new?title={title}"},
    )
    repository = call("POST", f"{own}/repositories", {"name": "a/b"})["id"]
    call("PATCH", f"{own}/repositories/{repository}", {"name": "a/c"})
    call("DELETE", f"{own}/repositories/{repository}")
    post("/projects/shop/settings/source-maps/fetching/", origin="https://shop.example.com")
    upload = artifacts.upload(shop)
    post(f"/projects/shop/settings/source-maps/uploads/{upload.pk}/delete/")
    channel = call(
        "POST",
        "/api/alert-channels",
        {
            "kind": "webhook",
            "name": "Pager",
            "project_id": shop.pk,
            "options": {"url": "https://pager.example.com/s3cret"},
        },
    )["id"]
    call(
        "PATCH", f"/api/alert-channels/{channel}", {"options": {"url": "https://pager.example.com/s3cret-2"}}
    )
    rule = call("POST", f"{own}/alert-rules", {"name": "All", "triggers": ["new"], "channels": [channel]})[
        "id"
    ]
    call("PATCH", f"{own}/alert-rules/{rule}", {"triggers": ["new", "regressed"]})
    call("DELETE", f"{own}/alert-rules/{rule}")
    call("DELETE", f"/api/alert-channels/{channel}")
    Monitor.objects.create(project=shop, slug="nightly")
    post("/projects/shop/monitors/nightly/act/", action="mute")
    post("/projects/shop/monitors/nightly/delete/", confirm="nightly")
    call("DELETE", f"{own}/issues/{builders.issue(shop).pk}")
    feedback(shop, said_item({"contexts": {"feedback": {"message": "It hurts"}}}))
    call("DELETE", f"{own}/feedback/{UserReport.objects.get().report_id}")
    Person.objects.create(project=shop, person=5, email="zoe@example.org", last_seen=clock.now())
    call("POST", f"{own}/people/5/forget", {"name": "zoe@example.org"})
    post(f"/people/{bo.pk}/", action="role", role="auditor")
    call("PATCH", f"/api/users/{bo.pk}", {"role": "member"})
    post(f"/people/{bo.pk}/", action="deactivate")
    post(f"/people/{bo.pk}/", action="reactivate")
    post(
        "/accounts/password/change/",
        oldpassword=PASSWORD,
        password1="another horse staple",
        password2="another horse staple",
    )
    post(
        f"/admin/accounts/user/{bo.pk}/change/",
        email="bob@example.org",
        name="",
        theme="system",
        role="member",
        time_zone="",
        date_format="day",
        date_joined_0="2026-01-01",
    )
    post(f"/admin/accounts/user/{bo.pk}/delete/", post="yes")
    ana.refresh_from_db()
    api = Caller(ana)
    api.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    call("DELETE", f"/api/projects/{made['id']}")
    entries = list(AuditEntry.objects.order_by("id"))
    assert {entry.actor_name for entry in entries} == {"ana@example.org"}
    assert {entry.ip for entry in entries} == {"203.0.113.9"}
    assert "zoe" not in str([(entry.target_name, entry.details) for entry in entries])
    assert "s3cret" not in str([entry.details for entry in entries])
    assert {action.value for action in Action} - {entry.action for entry in entries} == {
        "person.create",
        "user.export",
        # tests/accounts/oidc, tests/accounts/sign_in and tests/issues/privacy make these.
        "person.connect",
        "person.sign-in-link",
        "factor.add",
        "factor.remove",
        "factor.reset",
        "session.end",
        "privacy.change",
    }
