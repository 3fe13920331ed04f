"""All kinds of channels, by name, in the order in which pages offer them."""

from __future__ import annotations

from issues.alerts.channel import Kind
from issues.alerts.channels import (
    apprise,
    discord,
    email,
    google_chat,
    mattermost,
    ntfy,
    pagerduty,
    slack,
    teams,
    telegram,
    webhook,
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        email.KIND,
        slack.BOT,
        slack.WEBHOOK,
        discord.KIND,
        teams.KIND,
        mattermost.BOT,
        mattermost.WEBHOOK,
        google_chat.KIND,
        telegram.KIND,
        ntfy.KIND,
        pagerduty.KIND,
        webhook.KIND,
        apprise.KIND,
    )
}
