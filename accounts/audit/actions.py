"""The kinds of changes that the audit log has, and how pages call them. Pure."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What was changed and how, as `noun.verb`. A value stays for ever: stored entries have it."""

    PERSON_CREATE = "person.create"
    PERSON_CHANGE = "person.change"
    PERSON_ROLE = "person.role"
    PERSON_DEACTIVATE = "person.deactivate"
    PERSON_REACTIVATE = "person.reactivate"
    PERSON_DELETE = "person.delete"
    PASSWORD_CHANGE = "password.change"  # noqa: S105
    PERSON_CONNECT = "person.connect"
    PERSON_SIGN_IN_LINK = "person.sign-in-link"
    FACTOR_ADD = "factor.add"
    FACTOR_REMOVE = "factor.remove"
    FACTOR_RESET = "factor.reset"
    SESSION_END = "session.end"
    TOKEN_CREATE = "token.create"  # noqa: S105
    TOKEN_DELETE = "token.delete"  # noqa: S105
    PROJECT_CREATE = "project.create"
    PROJECT_CHANGE = "project.change"
    PROJECT_DELETE = "project.delete"
    PROJECT_LIMITS = "project.limits"
    KEY_CREATE = "key.create"
    KEY_CHANGE = "key.change"
    KEY_ROTATE = "key.rotate"
    KEY_DELETE = "key.delete"
    FILTERS_CHANGE = "filters.change"
    PRIVACY_CHANGE = "privacy.change"
    GROUPING_CHANGE = "grouping.change"
    FINGERPRINT_RULES_CHANGE = "fingerprint_rules.change"
    OWNERSHIP_CHANGE = "ownership.change"
    REPOSITORY_CREATE = "repository.create"
    REPOSITORY_CHANGE = "repository.change"
    REPOSITORY_DELETE = "repository.delete"
    TRACKER_CHANGE = "tracker.change"
    FETCHING_CHANGE = "fetching.change"
    UPLOAD_DELETE = "upload.delete"
    ALERT_RULE_CREATE = "alert_rule.create"
    ALERT_RULE_CHANGE = "alert_rule.change"
    ALERT_RULE_DELETE = "alert_rule.delete"
    CHANNEL_CREATE = "channel.create"
    CHANNEL_CHANGE = "channel.change"
    CHANNEL_DELETE = "channel.delete"
    MONITOR_CHANGE = "monitor.change"
    MONITOR_DELETE = "monitor.delete"
    ISSUES_DELETE = "issues.delete"
    FEEDBACK_DELETE = "feedback.delete"
    MEMBER_ADD = "member.add"
    MEMBER_ROLE = "member.role"
    MEMBER_REMOVE = "member.remove"
    INVITATION_CREATE = "invitation.create"
    INVITATION_RENEW = "invitation.renew"
    INVITATION_REVOKE = "invitation.revoke"
    INVITATION_ACCEPT = "invitation.accept"
    TEAM_CREATE = "team.create"
    TEAM_CHANGE = "team.change"
    TEAM_MEMBERS = "team.members"
    TEAM_ROLE = "team.role"
    TEAM_DELETE = "team.delete"
    # Of somebody whom events happened to, by their number: a name would outlive what was deleted.
    USER_FORGET = "user.forget"
    USER_EXPORT = "user.export"


#: What pages call each action.
WORDS: dict[Action, str] = {
    Action.PERSON_CREATE: "Account created",
    Action.PERSON_CHANGE: "Account changed",
    Action.PERSON_ROLE: "Role in the installation changed",
    Action.PERSON_DEACTIVATE: "Account deactivated",
    Action.PERSON_REACTIVATE: "Account activated again",
    Action.PERSON_DELETE: "Account deleted",
    Action.PASSWORD_CHANGE: "Password changed",
    Action.PERSON_CONNECT: "Account connected with the provider",
    Action.PERSON_SIGN_IN_LINK: "Link to sign in created",
    Action.FACTOR_ADD: "Second factor added",
    Action.FACTOR_REMOVE: "Second factor removed",
    Action.FACTOR_RESET: "Second factors deleted for a person who lost them",
    Action.SESSION_END: "Sessions ended",
    Action.TOKEN_CREATE: "API token created",
    Action.TOKEN_DELETE: "API token deleted",
    Action.PROJECT_CREATE: "Project created",
    Action.PROJECT_CHANGE: "Project changed",
    Action.PROJECT_DELETE: "Project deleted",
    Action.PROJECT_LIMITS: "Limits of a project changed",
    Action.KEY_CREATE: "Key of a project created",
    Action.KEY_CHANGE: "Key of a project changed",
    Action.KEY_ROTATE: "Key of a project replaced",
    Action.KEY_DELETE: "Key of a project deleted",
    Action.FILTERS_CHANGE: "Inbound filters changed",
    Action.PRIVACY_CHANGE: "Privacy rules changed",
    Action.GROUPING_CHANGE: "Grouping of a project changed",
    Action.FINGERPRINT_RULES_CHANGE: "Fingerprint rules changed",
    Action.OWNERSHIP_CHANGE: "Ownership rules changed",
    Action.REPOSITORY_CREATE: "Repository added",
    Action.REPOSITORY_CHANGE: "Repository or code mapping changed",
    Action.REPOSITORY_DELETE: "Repository removed",
    Action.TRACKER_CHANGE: "Issue tracker changed",
    Action.FETCHING_CHANGE: "Origins of source maps changed",
    Action.UPLOAD_DELETE: "Upload deleted",
    Action.ALERT_RULE_CREATE: "Alert rule created",
    Action.ALERT_RULE_CHANGE: "Alert rule changed",
    Action.ALERT_RULE_DELETE: "Alert rule deleted",
    Action.CHANNEL_CREATE: "Alert channel created",
    Action.CHANNEL_CHANGE: "Alert channel changed",
    Action.CHANNEL_DELETE: "Alert channel deleted",
    Action.MONITOR_CHANGE: "Monitor muted or unmuted",
    Action.MONITOR_DELETE: "Monitor deleted",
    Action.ISSUES_DELETE: "Issues deleted",
    Action.FEEDBACK_DELETE: "Feedback deleted",
    Action.MEMBER_ADD: "Member of a project added",
    Action.MEMBER_ROLE: "Role in a project changed",
    Action.MEMBER_REMOVE: "Member of a project removed",
    Action.INVITATION_CREATE: "Invitation created",
    Action.INVITATION_RENEW: "Invitation renewed, with a new link",
    Action.INVITATION_REVOKE: "Invitation revoked",
    Action.INVITATION_ACCEPT: "Invitation accepted",
    Action.TEAM_CREATE: "Team created",
    Action.TEAM_CHANGE: "Team changed",
    Action.TEAM_MEMBERS: "Members of a team changed",
    Action.TEAM_ROLE: "Role of a team in a project changed",
    Action.TEAM_DELETE: "Team deleted",
    Action.USER_FORGET: "User of a program forgotten",
    Action.USER_EXPORT: "Data of a user of a program exported",
}


BY_NAME = {action.value: action for action in Action}


def words(action: str) -> str:
    """What pages call the action; the action itself if this version does not know it."""
    return WORDS[BY_NAME[action]] if action in BY_NAME else action
