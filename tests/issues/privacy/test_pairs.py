from __future__ import annotations

import pytest

from issues.privacy import engine, pairs
from issues.privacy.ruleset import DEFAULT
from tests.lib.growth import assert_linear

GONE = "[removed: password]"
TOKEN = "[removed: token]"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a=1&password=hunter2&b=2", f"a=1&password={GONE}&b=2"),
        ("user%5Bpassword%5D=hunter2", f"user%5Bpassword%5D={GONE}"),
        ("/x?token=abc#top", f"/x?token={TOKEN}#top"),
        ("{'password': 'hunter2', 'n': 1}", f"{{'password': '{GONE}', 'n': 1}}"),
        ("{'password': b'hunter2'}", f"{{'password': b'{GONE}'}}"),
        ('{"password": "hun\\"ter2", "n"', f'{{"password": "{GONE}", "n"'),
        ('{"password": "hunter', f'{{"password": "{GONE}'),
        ("{'pin_code': 1234}", "{'pin_code': [removed: one-time code]}"),
        ('{\\"token\\": \\"abc\\", \\"n\\": 1}', f'{{\\"token\\": \\"{TOKEN}\\", \\"n\\": 1}}'),
        (':password=>"hunter2", :n=>1', f':password=>"{GONE}", :n=>1'),
        ("'password' => 'hunter2'", f"'password' => '{GONE}'"),
        ("UPDATE u SET password = 'hunter2' WHERE", f"UPDATE u SET password = '{GONE}' WHERE"),
        ("login --password hunter2 --v", f"login --password {GONE} --v"),
        ("login --password=hunter2 --v", f"login --password={GONE} --v"),
        ("GET /\nAuthorization: Digest x y\nHost: h", "GET /\nAuthorization: [removed: authorization]\nHost: h"),
        ("curl -H 'X-Api-Key: abc' u", "curl -H 'X-Api-Key: [removed: API key]' u"),
        ("<password>hunter2</password>", f"<password>{GONE}</password>"),
        ('name="password"\r\n\r\nhunter2\r\n--', f'name="password"\r\n\r\n{GONE}\r\n--'),
        ("host=h password=hunter2 db=x", f"host=h password={GONE} db=x"),
    ],
)  # fmt: skip
def test_values_with_a_name_in_a_text(text: str, left: str) -> None:
    assert DEFAULT.in_text(text).changed.text == left
    assert DEFAULT.in_text(left).changed.text == left
    # It is found in the JSON of an event, too.
    assert engine.scrub({"m": text}, DEFAULT).payload == {"m": left}


@pytest.mark.parametrize(
    "text",
    ["Unexpected token: punc (})", "KeyError: 'token'", "password=None", "password: this field is required", "token == other",
     "WHERE password = %s AND token = ?", "token_count=3", "author=Ana", "password='********'", "session=<Session object at 0x7f3a>",
     "secret={secret}", "https://example.org/token/abc", "the cookie: it is good"],
)  # fmt: skip
def test_texts_that_only_speak_of_them_are_kept(text: str) -> None:
    assert DEFAULT.in_text(text).changed.text == text


@pytest.mark.parametrize(
    "text",
    ["password=", "password=a", "a", "--a ", "--", '\\"', '"', "'", "password: ", 'name="a"\r\n\r\n', "a>", "<a>b", "a = ", "b'", "\n", "-", "password=\\"],
)  # fmt: skip
def test_growth(text: str) -> None:
    assert_linear(
        lambda n: text * n,
        lambda text: pairs.without_values(text, lambda name: "x", lambda kind, name: "y"),
        largest=1 << 15,
    )
