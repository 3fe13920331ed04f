"""Lists and searches on a project with many issues and events: how long the server takes, and how that grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from tests.bench import digest

ISSUES = 10_000
LIST = "/projects/bench/issues/"
#: By name: what is asked for, and the milliseconds that it may take (docs/decisions say why).
PAGES = {
    "list": (LIST, 15),
    "list, all states": (f"{LIST}?status=all", 15),
    "list by events": (f"{LIST}?sort=events", 15),
    "list by trend": (f"{LIST}?sort=trend", 15),
    "list of all projects": ("/issues/", 15),
    "overview": ("/", 50),
}
SEARCHES = {
    "a word of one issue": "7777",
    "a word of many": "charge",
    "a word of all": "handled",
    "two words": "refund invoice",
    "the beginning of a word": "cha",
    "a phrase": '"could not be handled"',
    "a part of words": "*nvoic*",
    "nothing": "xylophone",
    "a function": "function:charge_card",
    "a file": "file:billing/invoices.py",
    "a type": "type:PaymentDeclined",
    "a level": "level:fatal",
    "an environment": "environment:production",
    "a rare tag": "customer:c77",
    "a glob of a tag": "browser:Chrome*",
    "a release": "release:>=1.38",
    "the latest release": "release:latest",
    "a person": "user:881",
    "a person's address": "user.email:user881@example.org",
    "not": "-browser:*Mobile* -environment:staging",
    "states and counts": "is:new times:>5 users:>2",
    "many": "is:open level:error charge file:shop/*.py -user:12 last-seen:<20d has:user",
}
SUGGESTIONS = ("", "is:", "env", "environment:", "browser:", "customer:c1", "user:user1", "release:")


@dataclass(frozen=True)
class Cell:
    """One page at each number of events: milliseconds (median), and p95, CPU, queries and KB with gzip at the second one."""

    name: str
    limit: float
    medians: list[float]
    p95: float
    cpu: float
    queries: int
    kb: float


def measure(
    kind: str, events: list[int], times: int, say: Callable[[str], None]
) -> tuple[list[Cell], dict[str, float]]:
    """All pages at each of the numbers of events, and the bytes of the index. Past the second number, events are copied."""
    names: dict[str, tuple[str, float]] = dict(PAGES)
    names |= {
        f"search: {name}": (f"{LIST}?status=all&q={quote(text)}", 50.0) for name, text in SEARCHES.items()
    }
    names |= {
        f"suggestions for “{text}”": (f"{LIST}suggest/?q={quote(text)}&cursor={len(text)}", 30.0)
        for text in SUGGESTIONS
    }
    found: list[list[dict[str, float]]] = []
    with digest.database(kind, "finding_worker") as one:
        for index, number in enumerate(events):
            say(f"{kind}: storing {number} events")
            if index < 2:
                one.ask("build", issues=min(ISSUES, events[0]), events=number)
            else:
                one.ask("multiply", times=number // events[index - 1])
            if not index:
                ids = one.ask("some_ids")
                issue = f"{LIST}{ids['issue']}/"
                names |= {
                    "events of an issue": (f"{issue}events/", 50.0),
                    "events with a tag": (f"{issue}events/?q=environment%3Astaging", 50.0),
                    "values of a tag": ("/projects/bench/tags/?key=browser", 50.0),
                    "a person's page": (f"/projects/bench/people/?person={ids['person']}", 50.0),
                }
            if index == 1:
                size = one.ask("index_size")
            found.append(one.ask("look", paths=[path for path, _ in names.values()], times=times))
        one.ask("run", events=2_000, batch=100, kind="small", issues=500)
        after = one.ask(
            "look",
            paths=[path for name, (path, _) in names.items() if name.startswith("search")],
            times=times,
        )
        size["p95 after a load"] = max(page["p95"] for page in after)
    of_middle = found[min(1, len(found) - 1)]
    cells = [
        Cell(
            name, limit, [pages[index]["median"] for pages in found],
            of_middle[index]["p95"], of_middle[index]["cpu"], int(of_middle[index]["queries"]), of_middle[index]["kb"],
        )
        for index, (name, (_, limit)) in enumerate(names.items())
    ]  # fmt: skip
    return cells, size
