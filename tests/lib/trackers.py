"""Trackers in which issues are created."""

from __future__ import annotations

#: What the preset of each tracker is given.
ADDRESSES: dict[str, tuple[str, ...]] = {
    "github": ("https://github.com/acme/shop",),
    "gitlab": ("https://gitlab.example.org/group/sub/shop",),
    "gitea": ("http://git.local:3000/acme/shop",),
    "jira": ("https://acme.atlassian.net", "10000", "10001"),
    "linear": ("https://linear.app/acme/team/SHOP",),
}
#: The names of the fields of a new issue's title and text.
FIELDS = {
    "github": ("title", "body"), "gitlab": ("issue[title]", "issue[description]"), "gitea": ("title", "body"),
    "jira": ("summary", "description"), "linear": ("title", "description"),
}  # fmt: skip
