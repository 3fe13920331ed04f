"""Every route with its methods, and its line of tests/data/access.txt.

A line is `/route | scope reads/changes METHOD=capability … | query`: what GET and other methods need, exceptions for single methods, and a
query string with which the address finds what it shows. Scopes:

public        everybody may ask; nothing is said about the status
gone          a 404 for everybody
signed-in     for people; a change needs its capability in one project at least
installation  by the role in the installation alone
project       an address of a project: 404 for whom it is invisible
session       the same for people only: a token is refused
thing         names a thing of a project in another way: refused in the same cases, with a 403 or a 404
admin         Django's admin
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from issues.sentry_api.routes import api as sentry_api
from rustrak.api.whole import api
from tests.lib import addresses

PAGE = Path(__file__).parents[2] / "data" / "access.txt"
SCOPES = {"public", "gone", "signed-in", "session", "installation", "project", "thing", "admin"}
_PAGE_METHODS = ("GET", "POST")
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^()]*\)")
#: Parameters that mean something else in some routes.
_OTHERS = (
    (re.compile(r"^api/0/"), "event_id", "event_hex"),
    (re.compile(r"rules/versions/|fingerprint-rules/versions"), "version", "rules_version"),
    (re.compile(r"^alerts/channels/"), "channel_id", "shared_channel_id"),
    (re.compile(r"^(?:api/saved-searches|issues/searches)/"), "search_id", "search_of_all_id"),
    (re.compile(r"^api/projects/<int:project_id>/monitors/"), "slug", "monitor"),
    (re.compile(r"/projects/|^projects/"), "team_id", "team_of_project"),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """A line of the file. Capabilities are empty where none is needed."""

    scope: str
    reads: str
    changes: str
    methods: Mapping[str, str]
    query: str

    def needed(self, method: str) -> str:
        return self.methods.get(method, self.reads if method == "GET" else self.changes)


@dataclass(frozen=True, slots=True)
class Asked:
    """One route and one method. `is_api`: it answers errors as JSON."""

    route: str
    method: str
    is_api: bool


def policies() -> dict[str, Policy]:
    """By route: what the file says."""
    found: dict[str, Policy] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        route, rule, query = (*(part.strip() for part in line.split(" | ")), "")[:3]
        route = route.removeprefix("/")
        scope, *words = rule.split()
        needs = words.pop(0) if words and "=" not in words[0] else "/"
        reads, _, changes = needs.partition("/")
        methods = dict(word.split("=", 1) for word in words)
        assert scope in SCOPES, line
        assert route not in found, line
        found[route] = Policy(scope, reads.strip("-"), changes.strip("-"), methods, query)
    return found


def asked() -> list[Asked]:
    """Every route with every method that is asked for. Django's admin is one route, and an address with and without a slash at its end is
    one if the same view answers."""
    operations: dict[str, list[str]] = {}
    for one in (api, sentry_api):
        for route, operation in one.operations():
            operations.setdefault(route, []).extend(operation.methods)
    found: dict[str, tuple[object, list[Asked]]] = {}
    for address in addresses.addresses():
        route = "admin/" if address.route.startswith("admin/") else address.route
        if route != "admin/":
            # An address with a slash at its end and without it is one if the same view answers, and the first of several routes counts.
            plain = route.rstrip("/")
            if route in found or (
                plain in found and (plain in operations or found[plain][0] is address.view)
            ):
                continue
            if f"{plain}/" in found and found[f"{plain}/"][0] is address.view:
                continue
            route = plain if plain in operations else route
        is_api = bool(re.match(r"\^?(?:\(\?:)?(?:api(?!/docs)|auth)\b", route))
        methods = operations.get(route, ["GET"] if route == "admin/" else _PAGE_METHODS)
        found[route] = address.view, [Asked(route, method, is_api) for method in dict.fromkeys(methods)]
    return [each for _, rows in found.values() for each in rows]


def path_of(asked: Asked, policy: Policy, known: Mapping[str, object]) -> str:
    """The address of a route, with the ids of `known`. Raises KeyError for a parameter that is not in it."""

    def value(found: re.Match[str]) -> str:
        name = found[2] or found[3]
        for pattern, parameter, other in _OTHERS:
            if parameter == name and pattern.search(asked.route):
                name = other
        return quote(str(known[name]), safe="@:")

    # Of alternatives the first, and something where anything may follow.
    route = re.sub(
        r"\(\?:([^()|]*)\|[^()]*\)", r"\1", re.sub(r"\(\?:/(?:\.|\[\\s\\S\])\*\)\?", "/none", asked.route)
    )
    path = "/" + re.sub(r"[\^$\\]|\\Z", "", _PARAMETER.sub(value, route))
    if asked.route.startswith("api/0"):
        path = f"{path}/"  # rustrak.lib.http.slashes adds it to what clients send
    query = re.sub(r"\{(\w+)\}", lambda found: quote(str(known[found[1]])), policy.query)
    return path + (f"?{query}" if query else "")
