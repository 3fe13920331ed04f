"""The tables of docs/protocol.md are those of the code: endpoints, outcomes and error answers."""

from __future__ import annotations

import re

from ingest.edge import errors
from ingest.edge.endpoints import ENDPOINTS
from ingest.edge.errors import Refused
from ingest.edge.routing import route
from ingest.ledger.outcomes import Outcome
from ingest.words.outcomes import MEANINGS
from tests.lib.protocol_page import rows

FILLED = {
    "{p}": "1",
    "{event_id}": "0" * 32,
    "{monitor}": "nightly",
    "{key}": "1" * 32,
    "{organization}": "o",
    "{project}": "p",
}


def documented_endpoints() -> dict[str, set[str]]:
    """The methods of each endpoint, as the page gives them for its paths."""
    found: dict[str, set[str]] = {}
    for cell, *_ in rows("Endpoints"):
        methods = set(re.findall(r"\b(?:GET|POST|PUT|PATCH|DELETE)\b", cell))
        for path in re.findall(r"/api/[^`, ]*", cell):
            for name, value in FILLED.items():
                path = path.replace(name, value)
            named = route(path)
            assert named is not None, f"{path} is in the page and leads nowhere"
            found.setdefault(named.endpoint, set()).update(methods)
    return found


def test_a_table_is_read_without_its_head() -> None:
    page = "## 1. One\n\n| a | b |\n|---|---|\n| `x` | y |\n\n### Two\n\n| c |\n|---|\n| z |\n"
    assert rows("One", page) == [["`x`", "y"]]
    assert rows("Two", page) == [["z"]]


def test_every_endpoint_is_documented_with_its_methods() -> None:
    assert documented_endpoints() == {name: set(endpoint.methods) for name, endpoint in ENDPOINTS.items()}


def test_every_outcome_is_documented() -> None:
    assert sorted(cell.strip("`") for cell, *_ in rows("Outcomes")) == sorted(Outcome)


def test_every_outcome_is_called_what_pages_call_it() -> None:
    labels = {outcome.strip("`"): label for outcome, label, _ in rows("Outcomes")}
    assert labels == {"accepted": "–"} | {
        outcome.value: meaning.label for outcome, meaning in MEANINGS.items()
    }


def test_every_error_answer_is_documented_with_its_type() -> None:
    refusals = [
        error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, Refused)
    ]
    # Addresses that are not of SDKs are answered by the pages; a 429 has a body of its own.
    expected = {(error.status, error.kind) for error in refusals if error.status not in (404, 429)}
    documented = {(int(status), kind.strip("`")) for status, kind, _ in rows("Responses")}
    assert {row for row in documented if row[0] != 429} == expected
    assert 429 in {status for status, _ in documented}
