"""Where the pages about issues are."""

from __future__ import annotations

from django.urls import path

from issues.pages import (
    actions,
    activity,
    attachments,
    event_list,
    event_page,
    external_issues,
    issue_list,
    monitors,
    overview,
    releases,
    tags,
    user_reports,
)
from issues.pages.people import my_alerts, unsubscribe

urlpatterns = [
    path("", overview.overview, name="home"),
    path("profile/alerts/", my_alerts.my_alerts, name="my_alerts"),
    path("profile/alerts/<slug:slug>/", my_alerts.project_mail, name="project_mail"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("projects/<slug:slug>/issues/", issue_list.issue_list, name="issue_list"),
    path("projects/<slug:slug>/issues/act/", actions.issues_act, name="issues_act"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/", event_page.issue, name="issue"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/delete/", actions.issue_delete, name="issue_delete"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/link/", external_issues.issue_link, name="issue_link"),
    path("projects/<slug:slug>/settings/issue-tracker/", external_issues.issue_tracker, name="issue_tracker"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/events/", event_list.event_list, name="event_list"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/tags/", tags.issue_tags, name="issue_tags"),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/activity/",
        activity.issue_activity,
        name="issue_activity",
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/events/<uuid:event_id>/", event_page.event, name="event"
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/events/<uuid:event_id>/json/",
        event_page.event_json,
        name="event_json",
    ),
    path("projects/<slug:slug>/feedback/", user_reports.user_reports, name="user_reports"),
    path("projects/<slug:slug>/feedback/act/", actions.feedback_act, name="feedback_act"),
    path("projects/<slug:slug>/attachments/", attachments.attachment_list, name="attachment_list"),
    path("projects/<slug:slug>/attachments/<uuid:attachment_id>/", attachments.attachment, name="attachment"),
    path("projects/<slug:slug>/monitors/", monitors.monitor_list, name="monitor_list"),
    path("projects/<slug:slug>/monitors/<slug:monitor>/", monitors.monitor, name="monitor"),
    path("projects/<slug:slug>/monitors/<slug:monitor>/act/", monitors.monitor_act, name="monitor_act"),
    path(
        "projects/<slug:slug>/monitors/<slug:monitor>/delete/", monitors.monitor_delete, name="monitor_delete"
    ),
    path("projects/<slug:slug>/releases/", releases.release_list, name="release_list"),
    path("projects/<slug:slug>/releases/one/", releases.release, name="release"),
]
