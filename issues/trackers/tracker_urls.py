"""The addresses of pages of other trackers that begin a new issue, filled in. Pure.

What is filled in is text from events: it stands behind the ? or #, is percent-encoded there, and is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

#: Bytes of a filled-in address: servers of trackers refuse much longer ones.
LONGEST = 7_500
TEMPLATE_LENGTH = 1_000
# Percent-encoded bytes of a title.
TITLE_BYTES = 600
PLACEHOLDERS = ("title", "body", "link", "short_id")

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ALLOWED = re.compile(r"[!-\[\]-~]*")  # printable ASCII without the backslash
# Joins words without being seen: what follows a sign is no longer a name or a number.
_JOINER = "\u2060"
_REFERENCE = re.compile(r"""(?<![^\W_])@(?=\w)|[#!&~%$^*](?=[\w"'{\[])|(?<=\])(?=[(\[:])|(?<=:)(?=//)""")


class BadTemplate(ValueError):
    """Nothing can be made of the address. `field` is what is wrong; the message is for people."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of tracker: `address` says what people enter, with an example; `ending` follows it in the template."""

    label: str
    address: str
    example: str
    ending: str


PRESETS: dict[str, Preset] = {
    "github": Preset(
        "GitHub", "The address of the repository", "https://github.com/acme/shop",
        "/issues/new?title={title}&body={body}",
    ),
    "gitlab": Preset(
        "GitLab", "The address of the project", "https://gitlab.com/acme/shop",
        "/-/issues/new?issue%5Btitle%5D={title}&issue%5Bdescription%5D={body}",
    ),
    "gitea": Preset(
        "Gitea or Forgejo", "The address of the repository", "https://gitea.example.org/acme/shop",
        "/issues/new?title={title}&body={body}",
    ),
    "jira": Preset(
        "Jira", "The address of the site", "https://acme.atlassian.net",
        "/secure/CreateIssueDetails!init.jspa?pid=%(project)s&issuetype=%(issue_type)s&summary={title}&description={body}",
    ),
    "linear": Preset(
        "Linear", "The address of the team", "https://linear.app/acme/team/SHOP",
        "/new?title={title}&description={body}",
    ),
    "other": Preset("Another tracker", "", "", ""),
}  # fmt: skip


def template_of(kind: str, address: str, project: str = "", issue_type: str = "") -> str:
    """The template of a preset. `project` and `issue_type` are the ids that Jira needs. Raises BadTemplate."""
    preset = PRESETS.get(kind)
    if preset is None or not preset.ending:
        raise BadTemplate("kind", f"Choose one of {', '.join(PRESETS)}.")
    address = address.strip().rstrip("/")
    if "{" in address or "?" in address or "#" in address:
        raise BadTemplate("address", f"Enter the address alone, such as {preset.example}.")
    check(address + "/?{title}", "address")
    ending = preset.ending
    if kind == "jira":
        for name, value in (("project", project), ("issue_type", issue_type)):
            if not re.fullmatch(r"[0-9]{1,18}", value.strip()):
                raise BadTemplate(
                    name, "Enter the ID, a number that is in the address of Jira's “Create issue” page."
                )
        ending = ending.replace("%(project)s", project.strip()).replace("%(issue_type)s", issue_type.strip())
    elif len(urlsplit(address).path.strip("/").split("/")) < 2:
        raise BadTemplate("address", f"Enter the whole address, such as {preset.example}.")
    template = address + ending
    check(template, "address")
    return template


def parts_of(kind: str, template: str) -> dict[str, str]:
    """What `template_of` was given, of a template that it made."""
    if kind == "jira":
        base, _, query = template.partition("/secure/")
        asked = parse_qs(query.partition("?")[2])
        return {
            "address": base,
            "project": asked.get("pid", [""])[0],
            "issue_type": asked.get("issuetype", [""])[0],
        }
    preset = PRESETS.get(kind)
    return {"address": template.removesuffix(preset.ending) if preset else ""}


def check(template: str, field: str = "template") -> None:
    """Raises BadTemplate unless `template` is the address of a web page with placeholders where they are safe."""
    if len(template) > TEMPLATE_LENGTH:
        raise BadTemplate(field, f"Use at most {TEMPLATE_LENGTH:,} characters.")
    names = _PLACEHOLDER.findall(template)
    unknown = next((name for name in names if name not in PLACEHOLDERS), None)
    if unknown is not None:
        raise BadTemplate(field, f"{{{unknown[:40]}}} is unknown. Use {_listed()}.")
    if len(names) != len(set(names)):
        raise BadTemplate(field, "Use each placeholder once at most.")
    if not names:
        raise BadTemplate(field, f"Use at least one of {_listed()}.")
    if re.search(r"[{}]", _PLACEHOLDER.sub("", template)):
        raise BadTemplate(field, "A brace has no counterpart.")
    if "{" in re.split(r"[?#]", template, maxsplit=1)[0]:
        raise BadTemplate(field, "Placeholders belong after the ? or the #.")
    check_address(template, field)


def check_address(address: str, field: str = "url") -> None:
    """Raises BadTemplate unless `address` is that of a web page."""
    if len(address) > TEMPLATE_LENGTH:
        raise BadTemplate(field, f"Use at most {TEMPLATE_LENGTH:,} characters.")
    if not _ALLOWED.fullmatch(address):
        raise BadTemplate(field, "Spaces, backslashes and characters beyond ASCII must be percent-encoded.")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise BadTemplate(field, "Enter an address that begins with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        raise BadTemplate(field, "The address must not contain a user name or a password.")


def filled(template: str, *, title: str, link: str, short_id: str, body: Callable[[int], str]) -> str:
    """The address that begins a new issue, of at most LONGEST bytes. `body(room)` is a text whose `size` is at most `room`."""
    values = {"title": _beginning(inert(title), TITLE_BYTES), "link": link, "short_id": short_id, "body": ""}
    room = LONGEST - len(_fill(template, values))
    values["body"] = body(max(0, room)) if "{body}" in template else ""
    return _fill(template, values)


def _fill(template: str, values: dict[str, str]) -> str:
    # One pass: what is filled in is not searched for placeholders.
    return _PLACEHOLDER.sub(lambda found: encoded(values[found[1]]), template)


def encoded(text: str) -> str:
    """`text` as a value in a query: all that means something in an address is percent-encoded."""
    return quote(text, safe="", errors="replace")


def size(text: str) -> int:
    """How many bytes `text` takes in an address."""
    return len(encoded(text))


def inert(text: str) -> str:
    """`text` on one line, in which nobody and nothing is referred to: @team, #12, !34, [links](…) and addresses."""
    return _REFERENCE.sub(lambda found: found[0] + _JOINER, " ".join(text.split()))


def _beginning(text: str, most: int) -> str:
    if size(text) <= most:
        return text
    room, kept = most - size("…"), []
    for character in text[:most]:
        room -= size(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def _listed() -> str:
    return ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
