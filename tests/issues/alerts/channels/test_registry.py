from __future__ import annotations

from issues.alerts.channels.registry import KINDS
from issues.models import AlertChannel


def test_kinds_are_complete_and_can_be_stored() -> None:
    longest = AlertChannel._meta.get_field("kind").max_length
    assert {
        "slack",
        "slack_bot",
        "discord",
        "teams",
        "mattermost",
        "google_chat",
        "telegram",
        "ntfy",
        "pagerduty",
    } <= set(KINDS)
    for name, kind in KINDS.items():
        assert kind.name == name
        assert len(name) <= longest
        assert kind.label
        assert kind.about.endswith(".")
        names = [field.name for field in kind.fields]
        assert len(names) == len(set(names))
        assert all(bool(field.choices) == (field.type == "choice") for field in kind.fields)
        assert kind.check({}) in ({}, None) or isinstance(kind.check({}), dict)


def test_what_lets_anybody_post_is_secret() -> None:
    for kind in KINDS.values():
        for field in kind.fields:
            if field.name in {"token", "routing_key", "password", "secret"} or (field.name, field.type) == (
                "url",
                "url",
            ):
                assert field.secret, (kind.name, field.name)
