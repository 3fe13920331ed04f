from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver
from jsonschema import Draft202012Validator

from rustrak.api.whole import document

Json = dict[str, Any]
DOCUMENT = document("/")
#: Answers of these are bytes, or errors of an own kind.
NO_JSON = {"/api/projects/{project_id}/attachments/{attachment_id}"}


def operations() -> Iterator[tuple[str, str, Json]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, details in methods.items():
            yield method, path, details


def test_the_document_has_every_address_of_the_api_and_no_other() -> None:
    patterns = get_resolver("rustrak.api.urls").url_patterns
    routes = {str(each.pattern) for each in patterns if isinstance(each, URLPattern)}
    plain = {
        "/" + re.sub("<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", route) for route in routes if not route.endswith("/")
    }
    own = {"/api/openapi.json", "/api/docs"}
    assert {path for path in plain if not path.startswith("/^")} - own == set(DOCUMENT["paths"])


def test_every_operation_is_explained() -> None:
    for method, path, details in operations():
        assert details["description"].strip(), (method, path)
        assert details["tags"], (method, path)
        assert re.fullmatch(r"[A-Z][a-z]+( [a-z]+)*", details["summary"]), (method, path, details["summary"])
        statuses = set(details["responses"])
        assert {"500", "503"} < statuses, (method, path)
        assert {"401", "403"} <= statuses or path == "/auth/logout", (method, path)
        if "{" in path:
            assert "404" in statuses, (method, path)
    summaries = [details["summary"] for _, _, details in operations()]
    assert len(set(summaries)) == len(summaries)


def test_every_body_has_an_example_that_is_valid_and_knows_no_other_keys() -> None:
    whole = {"components": DOCUMENT["components"]}
    for method, path, details in operations():
        if "requestBody" not in details:
            continue
        schema = details["requestBody"]["content"]["application/json"]["schema"]
        name = (schema.get("anyOf") or [schema])[0]["$ref"].rpartition("/")[2]
        found = DOCUMENT["components"]["schemas"][name]
        (example,) = found["examples"]
        Draft202012Validator(whole | found).validate(example)
        assert set(example) <= set(found["properties"]), (method, path)


def test_the_document_refers_to_nothing_that_it_lacks() -> None:
    text = repr(DOCUMENT)
    for kind, name in re.findall(r"'#/components/(\w+)/([^']+)'", text):
        assert name in DOCUMENT["components"][kind]


def test_versions_are_described_where_they_are_known() -> None:
    guarded = DOCUMENT["paths"]["/api/projects/{project_id}/filters"]
    assert "ETag" in guarded["get"]["responses"]["200"]["headers"]
    assert [each["name"] for each in guarded["patch"]["parameters"] if each["in"] == "header"] == ["If-Match"]
    assert "412" in guarded["patch"]["responses"]
    assert "412" not in guarded["get"]["responses"]


def test_limits_of_numbers_have_the_names_of_json_schema() -> None:
    def keys(found: Any) -> Iterator[str]:
        if isinstance(found, dict):
            yield from found
        for each in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
            yield from keys(each)

    assert not {"ge", "gt", "le", "lt"} & set(keys(DOCUMENT))
    (limit,) = [
        each for each in DOCUMENT["paths"]["/api/projects"]["get"]["parameters"] if each["name"] == "limit"
    ]
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 100)
