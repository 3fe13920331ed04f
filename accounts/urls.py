"""URLs of accounts, profiles and projects."""

from __future__ import annotations

from django.urls import include, path

from accounts.pages import (
    audit,
    first_run,
    invitations,
    inviting,
    keys,
    members,
    oidc,
    passkey_sign_in,
    people,
    profile,
    project_teams,
    projects,
    security,
    teams,
    tokens,
    wizard,
)

urlpatterns = [
    path("setup/<str:token>/", first_run.first_run, name="first_run"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("profile/", profile.profile, name="profile"),
    path("profile/security/", security.security, name="security"),
    path("profile/security/sessions/end/", security.end_other_sessions, name="sessions_end"),
    path("profile/security/sessions/<int:sign_in_id>/end/", security.end_session, name="session_end"),
    path("profile/security/email/", security.change_address, name="email_change"),
    path("profile/security/email/<str:token>/", security.confirm_address, name="email_confirm"),
    path("profile/tokens/", tokens.tokens, name="tokens"),
    path("profile/tokens/<int:token_id>/delete/", tokens.delete_token, name="token_delete"),
    # The address is that of sentry-wizard.
    path("account/settings/wizard/<str:code>/", wizard.wizard, name="wizard"),
    path("audit/", audit.audit_log, name="audit_log"),
    path("audit/csv/", audit.audit_csv, name="audit_csv"),
    path("people/", people.people_list, name="people"),
    path("people/invitations/", inviting.invite, name="installation_invite"),
    path("people/invitations/<int:invitation_id>/", inviting.change_invitation, name="invitation_change"),
    path("people/<int:person_id>/", people.person, name="person_of_installation"),
    path("teams/", teams.team_list, name="team_list"),
    path("teams/<int:team_id>/", teams.team, name="team"),
    path("projects/new/", projects.new, name="project_new"),
    path("projects/<slug:slug>/settings/", projects.settings, name="project_settings"),
    path("projects/<slug:slug>/settings/keys/", keys.project_keys, name="project_keys"),
    path("projects/<slug:slug>/settings/keys/<int:key_id>/", keys.project_key, name="project_key"),
    path(
        "projects/<slug:slug>/settings/keys/<int:key_id>/enable/", keys.enable_key, name="project_key_enable"
    ),
    path(
        "projects/<slug:slug>/settings/keys/<int:key_id>/replace/", keys.rotate_key, name="project_key_rotate"
    ),
    path(
        "projects/<slug:slug>/settings/keys/<int:key_id>/delete/", keys.delete_key, name="project_key_delete"
    ),
    path("projects/<slug:slug>/settings/delete/", projects.delete, name="project_delete"),
    path("projects/<slug:slug>/settings/members/", members.members, name="project_members"),
    path(
        "projects/<slug:slug>/settings/members/<int:membership_id>/",
        members.change_member,
        name="member_change",
    ),
    path("projects/<slug:slug>/settings/members/invitations/", members.invite, name="project_invite"),
    path(
        "projects/<slug:slug>/settings/members/invitations/<int:invitation_id>/",
        members.change_invitation,
        name="project_invitation",
    ),
    path("projects/<slug:slug>/settings/teams/", project_teams.add_team, name="project_team_add"),
    path(
        "projects/<slug:slug>/settings/teams/<int:team_id>/",
        project_teams.change_team,
        name="project_team_change",
    ),
    # An account has one e-mail address; allauth's page for several is replaced.
    path("accounts/email/", profile.email, name="account_email"),
    path("accounts/oidc/start/", oidc.start, name="oidc_start"),
    path("accounts/oidc/callback/", oidc.callback, name="oidc_callback"),
    path("accounts/oidc/connect/", oidc.connect, name="oidc_connect"),
    path("accounts/sign-in-link/<str:token>/", oidc.sign_in_link, name="sign_in_link"),
    # Second factors are on the page of security.
    path("accounts/2fa/", profile.second_factors, name="mfa_index"),
    path("accounts/2fa/webauthn/", profile.second_factors, name="mfa_list_webauthn"),
    path("accounts/2fa/webauthn/login/", passkey_sign_in.sign_in, name="mfa_login_webauthn"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.account.urls")),
]
