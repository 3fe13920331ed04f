"""Where the pages about issues are."""

from __future__ import annotations

from django.urls import path

from issues.pages import (
    attachments,
    event_page,
    external_issues,
    feedback_actions,
    monitors,
    privacy,
    tags,
    user_reports,
)
from issues.pages.activity import acting as activity_acting
from issues.pages.activity import view as activity
from issues.pages.alerts import channel_editor, channels, history, rule_editor, rules
from issues.pages.artifacts import of_release, origins, remapping, setup, upload, uploads, why
from issues.pages.bulk import acting, merged, progress
from issues.pages.commits import repositories
from issues.pages.event_list import view as event_list
from issues.pages.finding import forgetting, person, saved_searches, suggestions, tag
from issues.pages.fingerprint_rules import editor as rules_editor
from issues.pages.fingerprint_rules import history as rules_history
from issues.pages.fingerprint_rules import stored as rules_stored
from issues.pages.grouping import look_alikes, mechanism, of_issue, taking_out
from issues.pages.issue_list import reviewed
from issues.pages.issue_list import view as issue_list
from issues.pages.overview import view as overview
from issues.pages.people import my_alerts, owners, unsubscribe
from issues.pages.releases import commits as release_commits
from issues.pages.releases import recording, release, release_list

urlpatterns = [
    path("", overview.overview, name="home"),
    path("profile/alerts/", my_alerts.my_alerts, name="my_alerts"),
    path("profile/alerts/<slug:slug>/", my_alerts.project_mail, name="project_mail"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("issues/", issue_list.all_issues, name="all_issues"),
    path("issues/suggest/", suggestions.all_suggestions, name="search_suggestions"),
    path("projects/<slug:slug>/issues/suggest/", suggestions.project_suggestions, name="search_suggestions"),
    path("projects/<slug:slug>/issues/", issue_list.issue_list, name="issue_list"),
    path("projects/<slug:slug>/issues/reviewed/", reviewed.review_seen, name="review_seen"),
    path("issues/reviewed/", reviewed.all_review_seen, name="all_review_seen"),
    path("issues/act/", acting.all_issues_act, name="all_issues_act"),
    path("bulk-actions/<uuid:action_id>/", progress.bulk_action, name="bulk_action"),
    path("bulk-actions/<uuid:action_id>/state/", progress.bulk_action_state, name="bulk_action_state"),
    path("bulk-actions/<uuid:action_id>/stop/", progress.bulk_action_stop, name="bulk_action_stop"),
    path("bulk-actions/<uuid:action_id>/undo/", progress.bulk_action_undo, name="bulk_action_undo"),
    path("projects/<slug:slug>/issues/act/", acting.issues_act, name="issues_act"),
    path(
        "projects/<slug:slug>/issues/searches/",
        saved_searches.saved_searches_of_project,
        name="saved_searches",
    ),
    path("projects/<slug:slug>/issues/searches/new/", saved_searches.new_of_project, name="saved_search_new"),
    path(
        "projects/<slug:slug>/issues/searches/<int:search_id>/",
        saved_searches.change_of_project,
        name="saved_search",
    ),
    path(
        "projects/<slug:slug>/issues/searches/<int:search_id>/act/",
        saved_searches.act_of_project,
        name="saved_search_act",
    ),
    path(
        "projects/<slug:slug>/issues/searches/<int:search_id>/delete/",
        saved_searches.delete_of_project,
        name="saved_search_delete",
    ),
    path("issues/searches/", saved_searches.saved_searches_of_all, name="all_saved_searches"),
    path("issues/searches/new/", saved_searches.new_of_all, name="all_saved_search_new"),
    path("issues/searches/<int:search_id>/", saved_searches.change_of_all, name="all_saved_search"),
    path("issues/searches/<int:search_id>/act/", saved_searches.act_of_all, name="all_saved_search_act"),
    path(
        "issues/searches/<int:search_id>/delete/",
        saved_searches.delete_of_all,
        name="all_saved_search_delete",
    ),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/", event_page.issue, name="issue"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/delete/", acting.issue_delete, name="issue_delete"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/link/", external_issues.issue_link, name="issue_link"),
    path("projects/<slug:slug>/settings/owners/", owners.project_owners, name="project_owners"),
    path(
        "projects/<slug:slug>/settings/repositories/",
        repositories.project_repositories,
        name="project_repositories",
    ),
    path(
        "projects/<slug:slug>/settings/repositories/<int:repository_id>/",
        repositories.project_repository,
        name="project_repository",
    ),
    path("projects/<slug:slug>/settings/issue-tracker/", external_issues.issue_tracker, name="issue_tracker"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/events/", event_list.event_list, name="event_list"),
    path("projects/<slug:slug>/issues/<uuid:issue_id>/tags/", tags.issue_tags, name="issue_tags"),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/grouping/",
        of_issue.issue_grouping,
        name="issue_grouping",
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/unmerge/", of_issue.issue_unmerge, name="issue_unmerge"
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/grouping/<int:grouping_id>/split/",
        taking_out.grouping_split,
        name="grouping_split",
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/grouping/<int:grouping_id>/move/",
        taking_out.grouping_move,
        name="grouping_move",
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/look-alikes/",
        look_alikes.issue_look_alikes,
        name="issue_look_alikes",
    ),
    path("projects/<slug:slug>/settings/grouping/", mechanism.project_grouping, name="project_grouping"),
    path("projects/<slug:slug>/look-alikes/", look_alikes.look_alike_list, name="look_alikes"),
    path("projects/<slug:slug>/look-alikes/act/", look_alikes.look_alikes_act, name="look_alikes_act"),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/activity/",
        activity.issue_activity,
        name="issue_activity",
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/comments/",
        activity_acting.comment_add,
        name="comment_add",
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/comments/<uuid:comment_id>/",
        activity_acting.comment_change,
        name="comment_change",
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/watch/", activity_acting.issue_watch, name="issue_watch"
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/events/<uuid:event_id>/", event_page.event, name="event"
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/events/<uuid:event_id>/json/",
        event_page.event_json,
        name="event_json",
    ),
    path("privacy/", privacy.installation_privacy, name="installation_privacy"),
    path("projects/<slug:slug>/settings/privacy/", privacy.project_privacy, name="project_privacy"),
    path(
        "projects/<slug:slug>/settings/grouping/rules/",
        rules_editor.fingerprint_rules,
        name="fingerprint_rules",
    ),
    path(
        "projects/<slug:slug>/settings/grouping/rules/stored/",
        rules_stored.fingerprint_rules_stored,
        name="fingerprint_rules_stored",
    ),
    path(
        "projects/<slug:slug>/settings/grouping/rules/stored/bring/",
        rules_stored.fingerprint_rules_bring,
        name="fingerprint_rules_bring",
    ),
    path(
        "projects/<slug:slug>/settings/grouping/rules/versions/",
        rules_history.fingerprint_rule_versions,
        name="fingerprint_rule_versions",
    ),
    path(
        "projects/<slug:slug>/settings/grouping/rules/versions/<int:version>/",
        rules_history.fingerprint_rule_version,
        name="fingerprint_rule_version",
    ),
    path("projects/<slug:slug>/tags/", tag.tag, name="tag"),
    path("projects/<slug:slug>/people/", person.person, name="person"),
    path("projects/<slug:slug>/people/forget/", forgetting.person_forget, name="person_forget"),
    path("projects/<slug:slug>/people/export/", forgetting.person_export, name="person_export"),
    path("projects/<slug:slug>/feedback/", user_reports.user_reports, name="user_reports"),
    path("projects/<slug:slug>/feedback/act/", feedback_actions.feedback_act, name="feedback_act"),
    path("projects/<slug:slug>/attachments/", attachments.attachment_list, name="attachment_list"),
    path("projects/<slug:slug>/attachments/<uuid:attachment_id>/", attachments.attachment, name="attachment"),
    path("projects/<slug:slug>/monitors/", monitors.monitor_list, name="monitor_list"),
    path("projects/<slug:slug>/monitors/<slug:monitor>/", monitors.monitor, name="monitor"),
    path("projects/<slug:slug>/monitors/<slug:monitor>/act/", monitors.monitor_act, name="monitor_act"),
    path(
        "projects/<slug:slug>/monitors/<slug:monitor>/delete/", monitors.monitor_delete, name="monitor_delete"
    ),
    path(
        "projects/<slug:slug>/issues/<uuid:issue_id>/events/<uuid:event_id>/mapping/",
        why.event_mapping,
        name="event_mapping",
    ),
    path("projects/<slug:slug>/settings/source-maps/", uploads.source_maps, name="source_maps"),
    path("projects/<slug:slug>/settings/source-maps/debug-files/", uploads.debug_files, name="debug_files"),
    path("projects/<slug:slug>/settings/source-maps/setup/", setup.source_map_setup, name="source_map_setup"),
    path(
        "projects/<slug:slug>/settings/source-maps/tokens/",
        setup.project_token_create,
        name="project_token_create",
    ),
    path("projects/<slug:slug>/settings/source-maps/fetching/", origins.map_fetching, name="map_fetching"),
    path(
        "projects/<slug:slug>/settings/source-maps/uploads/<int:upload_id>/",
        upload.artifact_upload,
        name="artifact_upload",
    ),
    path(
        "projects/<slug:slug>/settings/source-maps/uploads/<int:upload_id>/delete/",
        upload.artifact_upload_delete,
        name="artifact_upload_delete",
    ),
    path("projects/<slug:slug>/releases/files/", of_release.release_artifacts, name="release_artifacts"),
    path("projects/<slug:slug>/releases/files/apply/", remapping.release_remap, name="release_remap"),
    path(
        "projects/<slug:slug>/releases/files/apply/state/",
        remapping.release_remap_state,
        name="release_remap_state",
    ),
    path("projects/<slug:slug>/releases/", release_list.release_list, name="release_list"),
    path("projects/<slug:slug>/releases/one/", release.release, name="release"),
    path("projects/<slug:slug>/releases/commits/", release_commits.release_commits, name="release_commits"),
    path("projects/<slug:slug>/releases/archive/", recording.release_archive, name="release_archive"),
    path("projects/<slug:slug>/releases/deploys/", recording.release_deploy, name="release_deploy"),
    path("projects/<slug:slug>/alerts/", rules.alert_rules, name="alert_rules"),
    path("projects/<slug:slug>/alerts/new/", rule_editor.alert_rule_new, name="alert_rule_new"),
    path("projects/<slug:slug>/alerts/<int:rule_id>/", rule_editor.alert_rule, name="alert_rule"),
    path("projects/<slug:slug>/alerts/<int:rule_id>/act/", rules.alert_rule_act, name="alert_rule_act"),
    path(
        "projects/<slug:slug>/alerts/<int:rule_id>/delete/", rules.alert_rule_delete, name="alert_rule_delete"
    ),
    path("projects/<slug:slug>/alerts/history/", history.alert_history, name="alert_history"),
    path(
        "projects/<slug:slug>/alerts/history/<uuid:delivery_id>/again/",
        history.alert_send_again,
        name="alert_send_again",
    ),
    path("projects/<slug:slug>/alerts/channels/", channels.alert_channels, name="alert_channels"),
    path(
        "projects/<slug:slug>/alerts/channels/new/",
        channel_editor.alert_channel_new,
        name="alert_channel_new",
    ),
    path(
        "projects/<slug:slug>/alerts/channels/new/<slug:kind>/",
        channel_editor.alert_channel_new,
        name="alert_channel_new",
    ),
    path(
        "projects/<slug:slug>/alerts/channels/<int:channel_id>/",
        channel_editor.alert_channel,
        name="alert_channel",
    ),
    path(
        "projects/<slug:slug>/alerts/channels/<int:channel_id>/test/",
        channel_editor.alert_channel_test,
        name="alert_channel_test",
    ),
    path(
        "projects/<slug:slug>/alerts/channels/<int:channel_id>/resume/",
        channel_editor.alert_channel_resume,
        name="alert_channel_resume",
    ),
    path(
        "projects/<slug:slug>/alerts/channels/<int:channel_id>/delete/",
        channel_editor.alert_channel_delete,
        name="alert_channel_delete",
    ),
    path("alerts/channels/", channels.shared_channels, name="shared_channels"),
    path("alerts/channels/new/", channel_editor.shared_channel_new, name="shared_channel_new"),
    path("alerts/channels/new/<slug:kind>/", channel_editor.shared_channel_new, name="shared_channel_new"),
    path("alerts/channels/<int:channel_id>/", channel_editor.shared_channel, name="shared_channel"),
    path(
        "alerts/channels/<int:channel_id>/test/",
        channel_editor.shared_channel_test,
        name="shared_channel_test",
    ),
    path(
        "alerts/channels/<int:channel_id>/resume/",
        channel_editor.shared_channel_resume,
        name="shared_channel_resume",
    ),
    path(
        "alerts/channels/<int:channel_id>/delete/",
        channel_editor.shared_channel_delete,
        name="shared_channel_delete",
    ),
]

# An issue that was merged into another has its old addresses.
urlpatterns = [merged.follow(pattern) for pattern in urlpatterns]
