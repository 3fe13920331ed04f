"""Every variable with what people write by mistake: it is understood, or refused in one line without any secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rustrak import setting_values
from tests.lib import setting_cases, settings_table

ROOT = Path(__file__).parents[2]
SECRET = "Hunter2"  # in every value that may hold one
BAD_NUMBERS = (
    "1GB",
    "8e3",
    "０８０",
    "1.5",
    "0x10",
    "9" * 30,
    "9" * 5000,
    "1,000",
    "1 000",
    "ten",
    "-1",
    "−1",
    "1__0",
)
BAD_SWITCHES = ("t", "2", "enabled", "true;", "wahr")
NUMBERS = [
    name
    for name in settings_table.documented((ROOT / "docs/operations.md").read_text())
    if re.match("PORT$|(MAX|MIN|RETAIN|WEB|DIGEST)_", name)
]
BAD: list[tuple[str, str]] = [
    *((name, value) for name in NUMBERS for value in BAD_NUMBERS),
    *((name, value) for name in ("SSL_PROXY", "INGEST_FSYNC") for value in BAD_SWITCHES),
    *(("PORT", value) for value in ("84430", "0", "65536")),
    *(
        ("HOST", value)
        for value in (
            "0.0.0.0:8000", "[::1]:8000", "localhost:8000", "http://0.0.0.0", "//0.0.0.0", "a b", "*", "unix:/run/x.sock",
            "/run/x.sock", "[127.0.0.1", "::1]", "[localhost]", "8000", "127.1", "256.1.1.1", "1.2.3.4.5", "a,b", "a@b", "..",
            "[::g]", "x" * 300,
        )
    ),
    *(
        ("PUBLIC_URL", value)
        for value in (
            "errors.example.org", "localhost:8000", "https:/errors.example.org", "https://", "https:///x", "ftp://a",
            f"https://me:{SECRET}@a.example", f"https://:{SECRET}@a.example", "https://a.example?x=1", "https://a.example/#x",
            "https://a.example:84430", "https://a.example:0", "https://a.example:x", "https://a b.example", "https://a/b c",
            "https://a//b", "https://a/../b", "https://a/%2e", "https://*.example.org", "https://a.example,b.example",
            "https://::1", "https://[::1", "https://1.2.3", "https://8000", "https://a..b", "https://℀.example/",
        )
    ),
    *(
        ("TRUSTED_PROXIES", value)
        for value in ("nginx", "10.0.0.0/99", "10.0.0.1:80", "*", "10.0.0.1 10.0.0.2", "10.0.0.1;10.0.0.2", "[10.0.0.1", "１.2.3.4")
    ),
    *(
        ("OUTBOUND_ALLOW", value)
        for value in ("https://chat.internal", "chat.internal/x", "a b", "*", "10.0.0.0/99", "127.1", "chat:0", "[::1", f"me:{SECRET}@chat")
    ),
    *(("ALLOWED_HOSTS", value) for value in ("https://a.example", "a b", "a/b", "[a]", "a:b", "**")),
    *(
        ("DATABASE_URL", f"postgres://rustrak:{password}@db.example.org:5432/rustrak")
        for password in (f"p@ss:w/{SECRET}#%", f"a/{SECRET}", f"12/{SECRET}", f"a?{SECRET}", f"12?{SECRET}", f"a#{SECRET}",
                         f"{SECRET}%", f"%zz{SECRET}", f"a@b/{SECRET}", f"a@1/{SECRET}", f"{SECRET}@b:c/d")
    ),
    ("DATABASE_URL", f"postgres://rustrak:{SECRET}@db.example.org:{SECRET}/rustrak"),
    ("DATABASE_URL", f"postgres://rustrak:{SECRET}@db.example.org:84430/rustrak"),
    ("DATABASE_URL", f"postgres://rustrak:{SECRET}@db.example.org:5432"),
    ("DATABASE_URL", f"postgres://rustrak:{SECRET}@[::1/rustrak"),
    ("DATABASE_URL", f"postgres:rustrak:{SECRET}@db"),
    ("DATABASE_URL", f"{SECRET}://db"),
    ("DATABASE_URL", f"mysql://root:{SECRET}@localhost/rustrak"),
    ("DATABASE_URL", f"sqlite://{SECRET}@host/x"),
    ("DATABASE_URL", "sqlite:///a#b.db"),
    ("DATABASE_URL", "sqlite:///a.db?timeout=5"),
    ("DATABASE_URL", "sqlite://a.db"),
    ("DATABASE_URL", "sqlite:////srv/a%00b.db"),
    ("DATABASE_URL", f"sqlite:////srv/{'ы' * 128}/x.db"),
    *(
        ("DATABASE_URL", f"postgres://rustrak:{SECRET}@db.example.org/rustrak?{query}")
        for query in (
            "client_encoding=LATIN1", "pool=true", "autocommit=on", "AUTOCOMMIT=false", "ATOMIC_REQUESTS=true",
            "CONN_MAX_AGE=long", "connect_timeout=soon", "keepalives=true", "isolation_level=9", "row_factory=x",
        )
    ),
    ("DATABASE_URL", f"postgres://rustrak:{SECRET}%00@db.example.org/rustrak"),
    ("DATABASE_URL", f"postgres://rustrak:{SECRET}@db.example.org/rustrak%00"),
    ("DATABASE_URL", "rustrak.sqlite3"),
    *(
        ("EMAIL_URL", f"smtp+tls://me:{password}@mail.example.org:587")
        for password in (f"p@ss:w/{SECRET}#%", f"a/{SECRET}", f"a?{SECRET}", f"a#{SECRET}", f"{SECRET}%", f"5/{SECRET}")
    ),
    ("EMAIL_URL", f"{SECRET}:x@mail.example.org"),
    ("EMAIL_URL", f"{SECRET}://mail.example.org"),
    ("EMAIL_URL", f"smtp://me:{SECRET}@mail.example.org:84430"),
    ("EMAIL_URL", f"smtp://me:{SECRET}@"),
    ("EMAIL_URL", f"smtp://me:{SECRET}@mail.example.org/path"),
    ("EMAIL_URL", "mail.example.org"),
    ("SESSION_SECRET_KEY", SECRET),
    ("ATTACHMENTS_STORAGE_OPTIONS", f'{{"key": "{SECRET}"'),
    ("ATTACHMENTS_STORAGE_OPTIONS", f'["{SECRET}"]'),
    ("ATTACHMENTS_STORAGE", "S3Storage"),
    ("REGISTRATION", "invited"),
    ("LOG_FORMAT", "JSONL"),
    *(("DEFAULT_FROM_EMAIL", value) for value in ("Rustrak", "Rustrak <>", "a@", "@b", "a@b\nBcc: c@d")),
    ("RUSTRAK_DATA", "/proc/rustrak"),
    ("RUSTRAK_DATA", "/etc/passwd"),
    ("RUSTRAK_DATA", "a\nb"),
]  # fmt: skip
GOOD: list[tuple[str, str, str, str]] = [
    # The variable, its value, the setting to look at, and its text.
    ("HOST", "[::1]", "PUBLIC_URL", "http://[::1]:8000"),
    ("HOST", "::1", "PUBLIC_URL", "http://[::1]:8000"),
    ("HOST", "[::1]", "HOST", "::1"),
    ("HOST", "fe80::1%eth0", "PUBLIC_URL", "http://[fe80::1]:8000"),
    ("HOST", "localhost", "PUBLIC_URL", "http://localhost:8000"),
    ("HOST", " LocalHost ", "HOST", "localhost"),
    ("HOST", "0.0.0.0", "HOST", "0.0.0.0"),
    ("HOST", "::", "HOST", "::"),
    ("HOST", "rustrak_web", "HOST", "rustrak_web"),
    ("HOST", "", "HOST", "127.0.0.1"),
    ("HOST", "'0.0.0.0'", "HOST", "0.0.0.0"),
    ("PORT", " 9000 ", "PORT", "9000"),
    ("PORT", '"9000"', "PORT", "9000"),
    ("PORT", "9_000", "PORT", "9000"),
    ("PORT", "   ", "PORT", "8000"),
    ("SSL_PROXY", "FALSE", "SSL_PROXY", "False"),
    ("INGEST_FSYNC", "Off", "INGEST_FSYNC", "False"),
    ("LOG_FORMAT", " JSON ", "LOG_FORMAT", "json"),
    ("PUBLIC_URL", "https://errors.example.org/", "PUBLIC_URL", "https://errors.example.org"),
    ("PUBLIC_URL", "HTTPS://Errors.Example.ORG:443/Path/", "PUBLIC_URL", "https://errors.example.org/Path"),
    ("PUBLIC_URL", "https://ошибки.example", "PUBLIC_URL", "https://xn--90anbhr4d.example"),
    ("PUBLIC_URL", "http://[2001:DB8::1]:80", "PUBLIC_URL", "http://[2001:db8::1]"),
    ("PUBLIC_URL", "http://a_b:8080", "CSRF_TRUSTED_ORIGINS", "['http://a_b:8080']"),
    ("PUBLIC_URL", '"https://a.example"', "PUBLIC_URL", "https://a.example"),
    ("OUTBOUND_ALLOW", " chat.internal:80, ,10.0.0.1/8,", "OUTBOUND_ALLOW", "chat.internal (port 80), 10.0.0.0/8"),
    ("OUTBOUND_ALLOW", "", "OUTBOUND_ALLOW", ""),
    ("HTTPS_PROXY", f"socks5://me:{SECRET}@proxy:1080", "OUTBOUND_PROXIES", "Environment(no='')"),
    ("no_proxy", "example.org", "OUTBOUND_PROXIES", "Environment(no='example.org')"),
    ("TRUSTED_PROXIES", " 10.0.0.1/8, ,[::1],", "TRUSTED_PROXIES", "[IPv4Network('10.0.0.0/8'), IPv6Network('::1/128')]"),
    ("DATABASE_URL", "postgres://u:p@ss:w%2Frd%23%25@db:5432/x", "DATABASES", "'PASSWORD': 'p@ss:w/rd#%'"),
    ("DATABASE_URL", "postgres://u:p[s]s@db/x", "DATABASES", "'PASSWORD': 'p[s]s'"),
    ("DATABASE_URL", '"POSTGRESQL://u@db/x"', "DATABASES", "'USER': 'u'"),
    ("DATABASE_URL", "postgres://u:p@a:5432,b:5433/x", "DATABASES", "'HOST': 'a,b', 'PORT': '5432,5433'"),
    ("DATABASE_URL", "postgres://u:p@[::1]:5432/x", "DATABASES", "'HOST': '::1', 'PORT': 5432"),
    ("DATABASE_URL", "postgres:///x", "DATABASES", "'HOST': ''"),
    ("DATABASE_URL", "postgres:///x?client_encoding=utf-8", "DATABASES", "'client_encoding': 'UTF8'"),
    ("DATABASE_URL", "postgres:///x?keepalives=0&CONN_MAX_AGE=60", "DATABASES", "'CONN_MAX_AGE': 60"),
    ("DATABASE_URL", "sqlite:////srv/a@b/x.db", "DATABASES", "'/srv/a@b/x.db'"),
    ("EMAIL_URL", "smtp+tls://me@example.org:p@ss@mail.example.org", "EMAIL_HOST_USER", "me@example.org"),
    ("EMAIL_URL", "smtp+tls://me@example.org:p@ss@mail.example.org", "EMAIL_HOST_PASSWORD", "p@ss"),
    ("EMAIL_URL", "smtp+tls://mail.example.org", "EMAIL_PORT", "587"),
    ("EMAIL_URL", "smtp+ssl://mail.example.org", "EMAIL_PORT", "465"),
    ("EMAIL_URL", "smtp://mail.example.org", "EMAIL_PORT", "25"),
    ("EMAIL_URL", "smtps://mail.example.org:465", "EMAIL_USE_SSL", "True"),
    ("EMAIL_URL", "smtps://mail.example.org:587", "EMAIL_USE_TLS", "True"),
    ("EMAIL_URL", "consolemail://", "EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
    ("DEFAULT_FROM_EMAIL", "Rustrak <rustrak@mail>", "DEFAULT_FROM_EMAIL", "Rustrak <rustrak@mail>"),
    ("SESSION_SECRET_KEY", '"' + "k" * 40 + '"', "SECRET_KEY", '"' + "k" * 40 + '"'),
]  # fmt: skip


def test_bad_values_are_refused_in_one_line_without_the_secret(tmp_path: Path) -> None:
    answers = setting_cases.read(tmp_path / "data", [{name: value} for name, value in BAD])
    for (name, value), answer in zip(BAD, answers, strict=True):
        assert isinstance(answer, str), (name, value, answer.get(name))
        assert answer.startswith(f"ImproperlyConfigured: {name}"), (name, value, answer)
        assert f"Example: {name}=" in answer, answer
        assert SECRET.lower() not in answer.lower(), answer
        assert len(answer) < 600
        assert len(answer.splitlines()) == 1, answer


def test_unescaped_passwords_are_explained(tmp_path: Path) -> None:
    cases = [{name: value} for name, value in BAD if SECRET in value and "@db.example.org:5432/" in value]
    answers = setting_cases.read(tmp_path / "data", cases)
    assert len(cases) > 5
    assert all("percent-encoded" in str(answer) for answer in answers), answers


def test_what_can_be_understood_is(tmp_path: Path) -> None:
    answers = setting_cases.read(tmp_path / "data", [{name: value} for name, value, *_ in GOOD])
    for (name, value, setting, shown), answer in zip(GOOD, answers, strict=True):
        assert isinstance(answer, dict), (name, value, answer)
        found = answer[setting]
        assert shown in found if setting == "DATABASES" else found == shown, (name, value, found)


def test_files_with_values(tmp_path: Path) -> None:
    files: dict[str, bytes] = {
        "newline": b"9000\n", "crlf": b"9000\r\n", "bom": b"\xef\xbb\xbf9000", "empty": b" \n", "latin": b"\xff9000",
        "large": b"9" * 100_000,
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    bad = ("empty", "latin", "large", "missing", "", "\x01")
    good = ("newline", "crlf", "bom")
    cases = [{"PORT_FILE": str(tmp_path / name)} for name in (*good, *bad)]
    both = [
        {"PORT_FILE": str(tmp_path / "bom"), "PORT": "8000"},
        {"PORT_FILE": str(tmp_path / "bom"), "PORT": "9000"},
        {"PORT_FILE": str(tmp_path / "bom"), "PORT": ""},
        {"PORT_FILE": ""},
    ]
    answers = setting_cases.read(tmp_path / "data", [*cases, *both])
    for answer in answers[: len(good)]:
        assert isinstance(answer, dict), answer
        assert answer["PORT"] == "9000"
    for answer in answers[len(good) : len(cases) + 1]:
        assert isinstance(answer, str), answer
        assert answer.startswith("ImproperlyConfigured: PORT_FILE: "), answer
    assert [answer["PORT"] for answer in answers[-3:] if isinstance(answer, dict)] == ["9000", "9000", "8000"]


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    for name in ("RUSTRAK_DATA", "SESSION_SECRET_KEY"):
        (answer,) = setting_cases.read(tmp_path / "data", [{name: "\udcff" + "k" * 40}])
        assert isinstance(answer, str)
        assert "must be one line of UTF-8 text" in answer


def test_dotenv_lines() -> None:
    assert setting_values.dotenv("# x\n\n export PORT = 9000 \r\nHOST='::1'") == "PORT=9000\nHOST='::1'"
    for line in (f"DATABASE_URL {SECRET}", f"- PORT={SECRET}", f"PORT: {SECRET}", f"1X={SECRET}"):
        with pytest.raises(ValueError, match="line 2 must be NAME=value") as caught:
            setting_values.dotenv(f"PORT=1\n{line}")
        assert SECRET not in str(caught.value)
