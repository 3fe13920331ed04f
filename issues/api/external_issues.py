"""/api/projects/{id}/issue-tracker and /api/projects/{id}/issues/{uuid}/external-issues"""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import Http404
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues.api.issues import ExternalIssueOut, visible_issue
from issues.models import Issue
from issues.trackers import external_issues, tracker_urls
from rustrak.lib import problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Output, Text, example

router = Router(tags=["issues"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))

Kind = Literal["github", "gitlab", "gitea", "jira", "linear", "other"]
Short = Annotated[Text, Field(max_length=18)]


class TrackerIn(Input):
    """Either `template`, or what the preset `kind` needs: `address`, and of Jira the ids `project` and `issue_type`.

    A template is an http or https address with one or more of `{title}`, `{body}`, `{link}` and `{short_id}` behind the ?.
    """

    model_config = example({"kind": "github", "address": "https://github.com/acme/shop"})

    kind: Kind
    template: Annotated[Text, Field(max_length=tracker_urls.TEMPLATE_LENGTH)] = ""
    address: Annotated[Text, Field(max_length=500)] = ""
    project: Short = ""
    issue_type: Short = ""


class TrackerOut(Output):
    kind: Kind
    template: str


class LinkIn(Input):
    model_config = example({"url": "https://github.com/acme/shop/issues/7"})

    url: Annotated[Text, Field(min_length=1, max_length=tracker_urls.TEMPLATE_LENGTH)]


_version = Versioned()


@router.get("/api/projects/{int:project_id}/issue-tracker", response=TrackerOut)
@_version.shown
def get_tracker(request: SignedInRequest, project_id: int) -> TrackerOut:
    """The tracker in which issues can be created; 404 without one."""
    return _tracker(visible_project(request.user, project_id))


@router.put("/api/projects/{int:project_id}/issue-tracker", response=TrackerOut)
@_version.guarded(get_tracker)
def put_tracker(request: SignedInRequest, project_id: int, body: TrackerIn) -> TrackerOut:
    """Set the tracker. Admins of the project only."""
    project = visible_project(request.user, project_id)
    try:
        template = body.template
        if not template and body.kind != "other":
            template = tracker_urls.template_of(body.kind, body.address, body.project, body.issue_type)
        external_issues.set_tracker(project, body.kind, template)
    except external_issues.BadTemplate as error:
        raise problems.BadInput(f"{error.field}: {error}") from None
    return _tracker(project)


@router.delete("/api/projects/{int:project_id}/issue-tracker", response={204: None})
@_version.guarded(get_tracker)
def delete_tracker(request: SignedInRequest, project_id: int) -> Status[None]:
    """Forget the tracker. Links to issues in it are kept. Admins of the project only."""
    project = visible_project(request.user, project_id)
    if not external_issues.remove_tracker(project):
        raise Http404
    return Status(204, None)


@router.post(
    "/api/projects/{int:project_id}/issues/{issue_id}/external-issues",
    response={201: ExternalIssueOut},
    auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE),
)
def add_link(
    request: SignedInRequest, project_id: int, issue_id: str, body: LinkIn
) -> Status[ExternalIssueOut]:
    """Keep the address of an issue elsewhere. The same address is kept once."""
    issue = visible_issue(request.user, project_id, issue_id)
    try:
        made = external_issues.add(issue, body.url, request.user)
    except (external_issues.BadTemplate, external_issues.TooMany) as error:
        raise problems.BadInput(f"url: {error}") from None
    except Issue.DoesNotExist:
        raise Http404 from None
    return Status(201, ExternalIssueOut.of(made))


@router.delete(
    "/api/projects/{int:project_id}/issues/{issue_id}/external-issues/{int:link_id}",
    response={204: None},
    auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE),
)
def remove_link(request: SignedInRequest, project_id: int, issue_id: str, link_id: int) -> Status[None]:
    """Forget a link."""
    if not external_issues.remove(visible_issue(request.user, project_id, issue_id), link_id, request.user):
        raise Http404
    return Status(204, None)


def _tracker(project: Project) -> TrackerOut:
    tracker = external_issues.tracker_of(project)
    if tracker is None:
        raise Http404
    return TrackerOut.model_validate({"kind": tracker.kind, "template": tracker.template})
