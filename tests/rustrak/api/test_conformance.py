"""The API does what its document says: schemathesis sends what fits the document and what does not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import ApiToken, Project, User
from rustrak.api.whole import document
from tests.lib import builders

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="what an answer looks like is the same for both databases"
    ),
]

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
#: Of each operation, with what fits the document and with what does not. They are the same in each run.
EXAMPLES = 2


@pytest.fixture(autouse=True)
def _one_connection(db: None) -> Iterator[None]:
    """Requests leave the connection of the test open, as those of Django's test client do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def with_what_there_is(known: dict[str, Any]) -> dict[str, Any]:
    """The document, in which ids of addresses are those of rows: others are 404s, which say nothing."""
    found = copy.deepcopy(document("/"))
    for path in list(found["paths"]):
        for details in found["paths"][path].values():
            for parameter in details["parameters"]:
                if parameter["in"] == "path" and parameter["name"] in known:
                    parameter["schema"] = {"const": known[parameter["name"]]}
    for path in ("/auth/login", "/auth/register", "/auth/logout"):
        del found["paths"][path]  # they have limits on how often one may ask
    return found


def test_answers_are_as_they_are_described(ana: User, shop: Project) -> None:
    Project.objects.filter(pk=shop.pk).update(stored_event_count=1)
    issue = builders.issue(shop, event_count=1, stored_event_count=1)
    event = builders.event(issue)
    known = {"project_id": shop.pk, "issue_id": str(issue.pk), "event_id": str(event.pk)}
    schema = schemathesis.openapi.from_dict(with_what_there_is(known))
    schema.app = get_wsgi_application()
    headers = {"Authorization": f"Bearer {ApiToken.objects.issue(ana)[1]}"}
    asked, problems = 0, []
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: schemathesis.Case) -> None:
                nonlocal asked
                asked += 1
                with transaction.atomic():
                    answer = case.call(headers=headers)
                    transaction.set_rollback(True)
                case.validate_response(answer, checks=CHECKS)

            try:
                ask()
            except (Exception, FailureGroup) as error:  # noqa: BLE001  all operations are asked before the test fails
                problems += [
                    f"{operation.label} {mode.value}: {each}"
                    for each in getattr(error, "exceptions", [error])
                ]
    assert asked > 200
    assert problems == [], "\n\n".join(problems)
