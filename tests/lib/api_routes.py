"""Routes of the JSON API as addresses."""

from __future__ import annotations

PUBLIC = {"/auth/login", "/auth/register", "/auth/logout"}


def filled(route: str) -> str:
    """The path of a route of the API, with ids of nothing that exists."""
    return (
        route.replace("{project_id}", "1")
        .replace("{issue_id}", "0" * 32)
        .replace("{event_id}", "0" * 32)
        .replace("{action_id}", "0" * 32)
        .replace("{attachment_id}", "0" * 32)
        .replace("{feedback_id}", "0" * 32)
        .replace("{token_id}", "1")
        .replace("{version}", "1")
        .replace("{comment_id}", "0" * 32)
        .replace("{team_id}", "1")
        .replace("{user_id}", "1")
        .replace("{member_id}", "1")
        .replace("{invitation_id}", "1")
        .replace("{link_id}", "1")
        .replace("{grouping_id}", "1")
        .replace("{repository_id}", "1")
        .replace("{mapping_id}", "1")
        .replace("{other_id}", "0" * 32)
        .replace("{rule_id}", "1")
        .replace("{search_id}", "1")
        .replace("{channel_id}", "1")
        .replace("{key_id}", "1")
        .replace("{environment_id}", "1")
        .replace("{slug}", "x")
        .replace("{key_id}", "1")
        .replace("{person}", "1")
    )
