"""The id of another project's thing in the address of one's own project: not found, and nothing changed."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from django.template.backends.django import Template
from django.test import Client

from accounts.models import Membership, Project, User
from issues.models import AlertRule
from tests.lib import builders
from tests.lib.access import addresses, references, things
from tests.lib.access.asking import FORM, JSON, ask
from tests.lib.json_api import BACKEND

POLICIES = addresses.policies()
# Parameters that name the project, and those that name something by a word which every project may have.
OF_PROJECT = {"slug", "project_id", "project", "organization"}
WORDS = {"version", "key", "kind", "name", "subject", "dist"}
# Parameters that name one thing of one project.
IDS = {
    "issue_id", "event_id", "attachment_id", "attachment", "feedback_id", "comment_id", "token_id", "link_id", "grouping_id",
    "repository_id", "mapping_id", "other_id", "rule_id", "search_id", "channel_id", "key_id", "environment_id", "person",
    "membership_id", "member_id", "invitation_id", "upload_id", "file_id", "issue", "event", "action_id", "delivery_id", "monitor",
}  # fmt: skip
# A team is nobody's: the one of an address is asked for in tests/accounts/teams. Monitors and numbers of people are words.
SHARED = {"team_id", "person", "slug"}
# Answers that are right all the same, by address.
SAID = {
    "POST api/projects/<int:project_id>/merged-issues/<issue_id>/undo": "409: no merge of this project is to be undone",
    "DELETE api/projects/<int:project_id>/not-the-same/<issue_id>/<other_id>": "404, after deleting among what was said of the project's own",
    "GET projects/<slug:slug>/settings/members/invitations/<int:invitation_id>/": "leads to the members of one's own project",
}
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def parameters(route: str) -> list[str]:
    return _PARAMETER.findall(route)


def of_two() -> list[addresses.Asked]:
    """The addresses that name a project and a thing of it."""
    found = []
    for each in addresses.asked():
        names = parameters(each.route)
        if POLICIES[each.route].scope in ("project", "session", "thing") and set(names) & OF_PROJECT - {
            "organization"
        }:
            found += [each] if (set(names) - OF_PROJECT - WORDS - SHARED) else []
    return found


def test_every_parameter_is_known() -> None:
    names = {name for each in of_two() for name in parameters(each.route)}
    assert names - OF_PROJECT - WORDS - IDS - SHARED == set()
    assert len(of_two()) > 60
    assert {f"{each.method} {each.route}" for each in of_two()} >= SAID.keys()


@pytest.mark.django_db
def test_ids_of_another_project_are_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Template, "render", lambda *args, **named: "")
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    shop = Project.objects.create(name="Shop", slug="shop")
    other = Project.objects.create(name="Other", slug="other")
    root = User.objects.create_user("root@example.org", role="owner")
    known = things.make(shop, [root])
    admin = User.objects.create_user("cy@example.org")
    # Who sees both projects is told apart by the address alone.
    for project in (shop, other):
        Membership.objects.create(user=admin, project=project, role="admin")
    client = Client()
    client.force_login(admin, backend=BACKEND)
    session = client.cookies["sessionid"].value
    swapped = (
        known
        | things.own(admin, shop, known)
        | {"slug": other.slug, "project_id": other.pk, "project": other.slug}
    )
    wrong = []
    for asked in of_two():
        path = addresses.path_of(asked, POLICIES[asked.route], swapped)
        body, kind = (
            ("", FORM)
            if asked.method == "GET"
            else ("{}", JSON)
            if asked.is_api
            else ("release=shop@1", FORM)
        )
        answer, written = ask(asked.method, path, body, content_type=kind, session=session)
        allowed = (404, 403, 405) if asked.method == "GET" else (404, 403, 405, 400)
        said = f"{asked.method} {asked.route}" in SAID and answer.status_code < 500
        if (answer.status_code not in allowed or written) and not said:
            wrong.append(
                f"{asked.method} {asked.route}: {answer.status_code}, wrote to {sorted(set(written))}"
            )
    assert not wrong, "\n".join(wrong)


# Each field of the API that looks like a reference: an address below the own project, with what is sent there, and the status;
# or a text that says why it names nothing, or where it is tested. Statuses of 200 are of lists, which must be empty.
FIELDS: dict[str, tuple[str, str, dict[str, Any], tuple[int, ...]] | str] = {
    "post /api/tokens: projects": ("POST", "/api/tokens", {"projects": ["third"]}, (400, 404)),
    "get /api/invitations: project_id": ("GET", "/api/invitations?project_id=third", {}, (200,)),
    "post /api/invitations: projects": "an object",
    "post /api/invitations: projects.role": "a role",
    "post /api/invitations: projects.project_id": ("POST", "/api/invitations", {"projects": [{"project_id": "third"}]}, (404,)),
    "post /api/teams: members": ("POST", "/api/teams", {"name": "T", "members": ["stranger"]}, (400,)),
    "patch /api/teams/{team_id}: members": "as in POST; tests/accounts/teams/test_api.py",
    "post /api/projects: grouping": "a mechanism",
    "patch /api/projects/{project_id}: grouping": "a mechanism",
    "patch /api/projects/{project_id}: end_grouping_transition": "a boolean",
    "post /api/projects/{project_id}/issues/bulk: ids": (
        "POST", "own/issues/bulk", {"action": "resolve", "ids": ["issue"]}, (404, 400, 409)),
    "post /api/projects/{project_id}/issues/bulk: assignee": (
        "POST", "own/issues/bulk", {"action": "assign", "ids": ["own_issue"], "assignee": "stranger"}, (400, 404)),
    "patch /api/projects/{project_id}/issues/{issue_id}: assignee": (
        "PATCH", "own/issues/own_issue", {"assignee": "stranger"}, (400,)),
    "get /api/alert-channels: project_id": ("GET", "/api/alert-channels?project_id=third", {}, (200, 404)),
    "post /api/alert-channels: project_id": (
        "POST", "/api/alert-channels",
        {"kind": "webhook", "name": "W", "project_id": "third", "options": {"url": "https://a.example.org/"}}, (404, 403, 400)),
    "patch /api/alert-channels/{channel_id}: project_id": (
        "PATCH", "/api/alert-channels/channel", {"project_id": "third"}, (404, 403, 400)),
    "get /api/projects/{project_id}/alert-history: issue_id": ("GET", "own/alert-history?issue_id=issue", {}, (200, 404)),
    "get /api/projects/{project_id}/alert-history: channel_id": ("GET", "own/alert-history?channel_id=channel", {}, (200, 404)),
    "get /api/projects/{project_id}/alert-history: rule_id": ("GET", "own/alert-history?rule_id=rule", {}, (200, 404)),
    "get /api/projects/{project_id}/alert-history: user_id": ("GET", "own/alert-history?user_id=stranger", {}, (200, 404)),
    "patch /api/alert-preferences: only_assigned": "a boolean",
    "put /api/projects/{project_id}/issue-tracker: project": "a project of the tracker",
    "put /api/projects/{project_id}/issue-tracker: issue_type": "a word of the tracker",
    "patch /api/projects/{project_id}/limits: noisy_issue_percent": "a number",
    "post /api/projects/{project_id}/issues/{issue_id}/merge: issues": (
        "POST", "own/issues/own_issue/merge", {"issues": ["issue"]}, (404, 400, 409)),
    "post /api/projects/{project_id}/not-the-same: issues": (
        "POST", "own/not-the-same", {"issues": ["own_issue", "issue"]}, (404, 400)),
    "get /api/projects/{project_id}/issues/{issue_id}/suspect-commits: event": (
        "GET", "own/issues/own_issue/suspect-commits?event=event", {}, (404,)),
    "put /api/projects/{project_id}/releases/{version}/commits: commits.repository": "a name",
    "post /api/projects/{project_id}/fingerprint-rules/bindings: issue_id": (
        "POST", "own/fingerprint-rules/bindings", {"key": "k", "grouping_key": "k", "issue_id": "issue"}, (409,)),
    "put /api/projects/{project_id}/privacy: default_rules": "a boolean",
    "post /api/projects/{project_id}/privacy/try: default_rules": "a boolean",
    "put /api/privacy: default_rules": "a boolean",
    "post /api/privacy/try: default_rules": "a boolean",
    "get /api/audit: person": "an address; only for those who see all",
    "get /api/audit: project_id": "only for those who see all",
} | {
    f"{method} /api/projects/{{project_id}}/alert-rules{end}: {field}": said
    for method, end, way in (("post", "", ""), ("patch", "/{rule_id}", "/own_rule"), ("post", "/preview", "/preview"))
    for field, said in (
        ("channels", (method.upper(), f"own/alert-rules{way}", {"name": "R", "triggers": ["new"], "channels": ["channel"]}, (400, 404))),
        ("people", (method.upper(), f"own/alert-rules{way}", {"name": "R", "triggers": ["new"], "people": ["stranger"]}, (400, 404))),
        ("to_members", "a boolean"), ("to_assignee", "a boolean"),
    )
}  # fmt: skip


def test_every_field_that_may_be_a_reference_is_listed() -> None:
    found = references.found()
    assert sorted(found - FIELDS.keys()) == []
    assert sorted(FIELDS.keys() - found) == []


@pytest.mark.django_db
def test_what_is_sent_refers_to_nothing_of_another_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    shop = Project.objects.create(name="Shop", slug="shop")
    other = Project.objects.create(name="Other", slug="other")
    third = Project.objects.create(name="Third", slug="third")
    root = User.objects.create_user("root@example.org", role="owner")
    known = things.make(shop, [root])
    admin = User.objects.create_user("cy@example.org")
    Membership.objects.create(user=admin, project=other, role="admin")
    # Of Shop the admin of Other sees everything and may change issues, so only the address tells them apart.
    Membership.objects.create(user=admin, project=shop, role="member")
    names = {
        "third": third.pk, "stranger": User.objects.create_user("stranger@example.org").pk, "issue": known["issue_id"],
        "own_issue": str(builders.issue(other).pk), "event": known["event_id"], "channel": known["channel_id"],
        "rule": known["rule_id"], "own_rule": AlertRule.objects.create(project=other, name="Own").pk,
    }  # fmt: skip

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        return names.get(value, value) if isinstance(value, str) else value

    client = Client()
    client.force_login(admin, backend=BACKEND)
    wrong = []
    for field, sent in FIELDS.items():
        if isinstance(sent, str):
            continue
        method, path, body, statuses = sent
        path = (
            re.sub(r"\w+", lambda found: str(names.get(found[0], found[0])), path)
            if "third" in path
            else path
        )
        path = re.sub(
            r"(?<=[/=])(own_\w+|stranger|channel|rule|event|issue)(?=/|$)", lambda it: str(names[it[0]]), path
        )
        path = path.replace("own/", f"/api/projects/{other.pk}/", 1) if path.startswith("own/") else path
        content = "" if method == "GET" else json.dumps(filled(body), default=str)
        answer, written = ask(
            method, path, content, content_type=JSON, session=client.cookies["sessionid"].value
        )
        items = answer.json() if answer.status_code == 200 else []
        items = items.get("items", items) if isinstance(items, dict) else items
        # Of channels, those that all projects share are listed.
        items = [each for each in items if each.get("project_id")] if "alert-channels" in path else items
        # A rule is made before it is checked whom it names, in a transaction that is taken back.
        written = [] if path.endswith("/alert-rules") and answer.status_code == 400 else written
        if answer.status_code not in statuses or written or items:
            wrong.append(
                f"{field}: {method} {path}: {answer.status_code} {answer.content[:200]!r} {sorted(set(written))}"
            )
    assert not wrong, "\n".join(wrong)
