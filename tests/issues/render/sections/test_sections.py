from __future__ import annotations

from datetime import UTC, datetime

from issues.render.message import message
from issues.render.room import Room
from issues.render.sections import details
from issues.render.sections.breadcrumbs import breadcrumbs
from issues.render.sections.contexts import contexts
from issues.render.sections.request import request
from issues.render.sections.tags import tags
from issues.render.sections.user import user
from issues.render.stack.threads import threads
from issues.render.tables import Table
from tests.lib.payloads import recorded


def rows(table: Table | None) -> dict[str, str]:
    return {row.name: row.value.text for row in table.fields} if table else {}


def test_breadcrumbs_newest_first_with_distance() -> None:
    sent = [{"timestamp": 100.0, "message": "old", "level": "warn"}, {"timestamp": 104.2, "message": "new"}]
    shown = breadcrumbs(sent, datetime.fromtimestamp(104.7, UTC)).crumbs
    assert [crumb.message and crumb.message.text for crumb in shown] == ["new", "old"]
    assert [crumb.delta for crumb in shown] == ["−500 ms", "−4.7 s"]
    assert shown[1].level == "warning"
    assert shown[0].time == "00:01:44.200"


def test_http_navigation_and_console_breadcrumbs() -> None:
    shown = breadcrumbs(recorded("browser-breadcrumbs")["breadcrumbs"], None).crumbs
    assert any(
        crumb.headline == "GET /www/nope.json" and crumb.failed and crumb.status == "404" for crumb in shown
    )
    assert any(crumb.headline == "/www/v11.html?case=crumbs → /?case=crumbs&step=2" for crumb in shown)
    console = next(crumb for crumb in shown if crumb.category == "console")
    assert [row.name for row in console.data] == ["arguments"]


def test_breadcrumbs_of_the_wrong_type() -> None:
    stray = breadcrumbs("oops", None).stray
    assert stray
    assert stray.text == "oops"
    assert [crumb.message and crumb.message.text for crumb in breadcrumbs(["a", 3, None], None).crumbs] == [
        "3",
        "a",
    ]
    assert not breadcrumbs({"values": []}, None)
    odd = breadcrumbs([{"timestamp": "soon", "data": [1], "mood": "good"}], None).crumbs[0]
    assert {row.name: row.value.text for row in odd.data} == {
        "data": "[1]",
        "mood": "good",
        "timestamp": "soon",
    }
    assert breadcrumbs([{"message": str(n)} for n in range(300)], None).older == 100


def test_request_of_django() -> None:
    shown = request(recorded("python-django")["request"])
    assert shown
    assert (shown.method, shown.address) == ("POST", "http://127.0.0.1:9931/orders/7/")
    tables = {table.title: rows(table) for table in shown.tables}
    assert tables["Query"] == {"q": "café", "token": "s3cr3t"}
    assert tables["Headers"]["Cookie"] == "[Filtered]"
    assert tables["Cookies"]["theme"] == "dark"
    assert tables["Environment"]["REMOTE_ADDR"] == "127.0.0.1"
    assert {row.name: row.value.text for row in shown.body_fields} == {"card": "4242", "name": "Jäne"}
    assert shown.curl.startswith("curl -X POST 'http://127.0.0.1:9931/orders/7/?q=café")


def test_request_in_other_shapes() -> None:
    shown = request(
        {
            "url": "javascript:alert(1)",
            "headers": {"Host": ["a", "b"], "X": ["c"]},
            "cookies": "a=1; b=2",
            "data": '{"x": [1]}',
            "odd": 1,
        }
    )
    assert shown
    assert shown.link == ""
    assert shown.curl == ""
    tables = {table.title: rows(table) for table in shown.tables}
    assert tables["Headers"] == {"Host": '["a", "b"]', "X": "c"}
    assert tables["Cookies"] == {"a": "1", "b": "2"}
    assert tables["Other"] == {"odd": "1"}
    assert shown.body
    assert shown.body.text == '{"x": [1]}'
    assert shown.body.kind == "object"
    form = request({"headers": [["content-type", "application/x-www-form-urlencoded"]], "data": "a=1&b=%20"})
    assert form
    assert [(row.name, row.value.text) for row in form.body_fields] == [("a", "1"), ("b", " ")]
    text = request("GET /")
    assert text
    assert text.stray
    assert request({}) is None


def test_user_known_names_first() -> None:
    shown = user({"plan": "gold", "id": 42, "geo": {"city": "Berlin", "country_code": "DE"}, "email": None})
    assert rows(shown) == {"ID": "42", "Location": "Berlin, DE", "plan": "gold"}
    assert rows(user("jane")) == {"": "jane"}
    assert user({"email": None}) is None


def test_tags_as_object_pairs_and_key_value() -> None:
    assert rows(tags({"tags": {"a": 1}})) == {"a": "1"}
    assert rows(tags({"tags": [["a", "1"], {"key": "b", "value": "2"}, "c"]})) == {
        "a": "1",
        "b": "2",
        "": "c",
    }


def test_a_tag_that_a_field_of_the_event_replaces_leads_nowhere() -> None:
    own = {"level": "gold", "environment": "blue", "release": "shop@2", "plan": "a"}
    shown = tags({"level": "fatal", "environment": "prod", "tags": own})
    assert shown
    assert {row.name: row.searched for row in shown.fields} == {
        "level": "", "environment": "", "release": "shop@2", "plan": "a",
    }  # fmt: skip
    shown = tags({"level": "fatal", "tags": {"level": "fatal"}})
    assert shown
    assert shown.fields[0].searched == "fatal"


def test_contexts_with_names_and_units() -> None:
    shown = {table.title: rows(table) for table in contexts(recorded("node-variables")["contexts"])}
    assert shown["Device"]["Memory"] == "23.5 GiB (25,276,502,016 bytes)"
    assert shown["Device"]["Booted"] == "23 Nov 2026 18:58:51 UTC"
    assert shown["Runtime"] == {"Name": "node", "Version": "v20.20.2"}
    flags = {table.title: rows(table) for table in contexts(recorded("python-flags")["contexts"])}
    assert flags["Feature flags"] == {"new-checkout": "on", "dark-mode": "off"}


def test_contexts_of_the_wrong_type() -> None:
    shown = contexts(
        {
            "device": {"memory_size": "much", "boot_time": []},
            "os": "Linux",
            "character": {"name": "x"},
            "my": {"type": "os", "name": "N"},
        }
    )
    assert [(table.title, rows(table)) for table in shown] == [
        ("Device", {"Memory": "much", "Booted": "[]"}),
        ("Operating system", {"": "Linux"}),
        ("character", {"name": "x"}),
        ("Operating system (my)", {"Name": "N"}),
    ]
    assert contexts("none")[0].fields[0].value.text == "none"


def test_messages_with_parameters() -> None:
    shown = message(recorded("python-logging"))
    assert shown
    assert shown.text.text == "could not charge jane for 12"
    assert shown.template
    assert shown.template.text == "could not charge %s for %d"
    assert [row.value.text for row in shown.params] == ["jane", "12"]
    named = message(
        {"logentry": {"message": "%(who)s paid {amount}", "params": {"who": "jane", "amount": 3}}}
    )
    assert named
    assert named.text.text == "jane paid 3"
    misfit = message({"logentry": {"message": "%s and %s", "params": ["one"]}})
    assert misfit
    assert misfit.text.text == "%s and %s"
    bomb = message({"message": {"message": "%999999999d", "params": [1]}})
    assert bomb
    assert bomb.text.text == "%999999999d"
    assert message({"message": ""}) is None


def test_threads_the_crashed_one_first() -> None:
    shown = threads({"values": [{"id": 1}, {"id": 2, "name": "worker", "crashed": True}, "odd"]})
    assert [(thread.name, thread.open) for thread in shown.threads] == [
        ("worker (2)", True),
        ("Thread 1", False),
        ("Thread", False),
    ]
    assert shown.threads[0].facts == ("crashed",)


def test_csp_and_debug_images() -> None:
    report = details.csp(
        {"blocked_uri": "https://evil.example", "effective_directive": "img-src", "status_code": 200}, Room()
    )
    assert rows(report) == {
        "Effective directive": "img-src",
        "Blocked URI": "https://evil.example",
        "Status code": "200",
    }
    images = details.debug_images(
        {"images": [{"type": "sourcemap", "code_file": "app.js", "debug_id": "x"}, 5]}, Room()
    )
    assert rows(images) == {"app.js": '{"type": "sourcemap", "debug_id": "x"}', "": "5"}
