"""Settings from the environment. A bad value stops the start with one line: the variable, what is wrong, an example."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def read(tmp_path: Path, expression: str = "''", **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` with nothing but `variables` in its environment prints a setting."""
    code = (
        "import sys; sys.argv = ['manage.py', 'shell', '--no-imports', '-c', "
        f"'from django.conf import settings; print({expression})']; import manage; manage.main()"
    )
    environment = {"PATH": os.environ["PATH"], "RUSTRAK_DATA": str(tmp_path / "data"), **variables}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", "must be a whole number"),
        ("PORT", "70000", "from 1 to 65535"),
        ("WEB_WORKERS", "0", "from 1 to 256"),
        ("WEB_THREADS", "-1", "from 1"),
        ("DIGEST_WORKERS", "many", "must be a whole number"),
        ("PUBLIC_URL", "errors.example.org", "http or https"),
        ("PUBLIC_URL", "https://me:secret@errors.example.org", "no user"),
        ("ALLOWED_HOSTS", "https://errors.example.org", "is not a host name"),
        ("ALLOWED_HOSTS", "a.example b.example", "is not a host name"),
        ("SSL_PROXY", "maybe", "must be true or false"),
        ("INGEST_FSYNC", "2", "true or false"),
        ("REGISTRATION", "sometimes", "one of open, invite, closed"),
        ("TRUSTED_PROXIES", "10.0.0.0/99", "10.0.0.0/99"),
        ("MAX_EVENT_BYTES", "12", "from 1024"),
        ("LOG_FORMAT", "xml", "one of text, json"),
        ("ATTACHMENTS_STORAGE", "s3", "dotted path of a class"),
        ("ATTACHMENTS_STORAGE_OPTIONS", "bucket_name=x", "must be a JSON object"),
        ("ATTACHMENTS_STORAGE_OPTIONS", "[]", "must be a JSON object"),
        ("DATABASE_URL", "mysql://root@localhost/rustrak", "only sqlite and postgres"),
        ("DATABASE_URL", "sqlite://:memory:", "must name a file"),
        ("DATABASE_URL", "postgres://user@localhost:port/rustrak", ""),
        ("EMAIL_URL", "carrier-pigeon://home", "must begin with one of smtp://"),
        ("SESSION_SECRET_KEY", "short", "must have at least 32 characters, not 5"),
        ("OIDC_PROVIDER", "myspace", "one of "),
        ("OIDC_ISSUER", "id.example.org", "https"),
        ("OIDC_ISSUER", "https://me:secret@id.example.org", "must be an https address"),
        ("OIDC_ROLES", "operators=admin", "must be a JSON object"),
        ("OIDC_ROLES", '{"operators": "king"}', "king"),
        ("OIDC_ROLES", '{"operators": ["shop:owner"]}', "shop:owner"),
        ("OIDC_ROLES", '{"operators": 7}', ""),
        ("OIDC_ALLOWED_DOMAINS", "ana@example.org", "must be domains"),
        ("OIDC_ALLOWED_DOMAINS", "https://example.org", "must be domains"),
        ("OIDC_SIGN_UP", "perhaps", "true or false"),
        ("OIDC_ONLY", "2", "true or false"),
        ("RUSTRAK_DATA", "/proc/rustrak", "cannot be created"),
    ],
)
def test_a_bad_value_is_named_with_an_example(tmp_path: Path, name: str, value: str, words: str) -> None:
    done = read(tmp_path, **{name: value})
    assert done.returncode == 1
    message = done.stderr.strip()
    assert message.startswith(f"Rustrak cannot start: {name}"), message
    assert words in message
    assert f"Example: {name}=" in message
    assert len(message.splitlines()) == 1


def test_no_message_repeats_a_secret(tmp_path: Path) -> None:
    for name, value in (
        ("SESSION_SECRET_KEY", "hunter2"),
        ("PUBLIC_URL", "https://me:hunter2@errors.example.org"),
        ("DATABASE_URL", "mysql://root:hunter2@localhost/rustrak"),
        ("DATABASE_URL", "postgres://root:hunter2@localhost:port/rustrak"),
        ("EMAIL_URL", "pigeon://me:hunter2@home"),
        ("ATTACHMENTS_STORAGE_OPTIONS", '{"secret_key": "hunter2"'),
    ):
        done = read(tmp_path, **{name: value})
        assert done.returncode == 1
        assert "hunter2" not in done.stderr, done.stderr


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    done = read(
        tmp_path,
        "settings.PUBLIC_URL, settings.INGEST_DIR, settings.DATABASES['default']['NAME']".replace("'", '"'),
    )
    assert done.returncode == 0, done.stderr
    data = tmp_path / "data"
    assert done.stdout.strip() == f"http://127.0.0.1:8000 {data}/spool {data}/rustrak.sqlite3"
    secret = data / "secret_key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    kept = secret.read_text()
    assert len(kept) >= 32
    assert read(tmp_path, "settings.SECRET_KEY").stdout.strip() == kept


def test_behind_an_https_proxy_the_secret_must_be_given(tmp_path: Path) -> None:
    done = read(tmp_path, SSL_PROXY="true")
    assert done.returncode == 1
    assert "SESSION_SECRET_KEY is required with SSL_PROXY=true" in done.stderr
    assert "Example: SESSION_SECRET_KEY=" in done.stderr
    secret = "$" + "s" * 40
    good = read(
        tmp_path,
        "settings.SESSION_COOKIE_SECURE, settings.SECRET_KEY",
        SSL_PROXY="true",
        SESSION_SECRET_KEY=secret,
    )
    assert good.stdout.strip() == f"True {secret}", good.stderr


def test_hosts_are_those_of_public_url_host_and_allowed_hosts(tmp_path: Path) -> None:
    asked = (
        "errors.example.org",
        "192.0.2.5:8000",
        "rustrak_web:8000",
        "[2001:db8::1]",
        "evil.example",
        "10.0.0.1",
    )
    expression = f"[settings.HOSTS.answers(host) for host in {list(asked)!r}]".replace("'", '"')
    variables = {
        "PUBLIC_URL": "https://errors.example.org:8443/x",
        "HOST": "192.0.2.5",
        "ALLOWED_HOSTS": " rustrak_web:8000, [2001:db8::1]",
    }
    done = read(tmp_path, expression, **variables)
    assert done.stdout.strip() == "[True, True, True, True, False, False]", done.stderr
    done = read(tmp_path, expression, HOST="0.0.0.0")
    assert done.stdout.strip() == "[False, True, False, True, False, True]", done.stderr


def test_cookies_are_secure_with_an_https_public_url(tmp_path: Path) -> None:
    shown = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS"
    done = read(tmp_path, shown, PUBLIC_URL="https://errors.example.org")
    assert done.stdout.strip() == "True True 0", done.stderr
    done = read(tmp_path, shown, PUBLIC_URL="http://errors.example.org")
    assert done.stdout.strip() == "False False 0", done.stderr


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    for name, expression, value in (
        ("SESSION_SECRET_KEY", "settings.SECRET_KEY", "k" * 40),
        ("CREATE_SUPERUSER", "settings.CREATE_SUPERUSER", "ana@example.org:$hunter:2"),
        (
            "DATABASE_URL",
            "settings.DATABASES.default.NAME".replace(".default.NAME", '["default"]["NAME"]'),
            "sqlite:////srv/x.db",
        ),
    ):
        file = tmp_path / name.lower()
        file.write_text(value + "\n")
        done = read(tmp_path, expression, **{f"{name}_FILE": str(file)})
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() in {value, "/srv/x.db"}


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    done = read(tmp_path, SESSION_SECRET_KEY_FILE=str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "SESSION_SECRET_KEY_FILE" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_addresses_and_limits_are_read(tmp_path: Path) -> None:
    done = read(
        tmp_path,
        "settings.PUBLIC_URL, settings.FORCE_SCRIPT_NAME, settings.STATIC_URL, settings.PORT, settings.TRUSTED_PROXIES[1]",
        PUBLIC_URL="https://example.org/errors/",
        PORT=" 9000 ",
        TRUSTED_PROXIES="10.0.0.0/8, 192.168.1.5",
    )
    assert done.stdout.strip() == "https://example.org/errors /errors /errors/static/ 9000 192.168.1.5/32", (
        done.stderr
    )


def test_another_storage_for_attachments(tmp_path: Path) -> None:
    shown = 'settings.STORAGES["attachments"]["BACKEND"], settings.STORAGES["attachments"]["OPTIONS"]'
    expression = f"[{shown}]"
    done = read(tmp_path, expression, ATTACHMENTS_STORAGE="x.y.Z", ATTACHMENTS_STORAGE_OPTIONS='{"a": 1}')
    assert done.stdout.strip() == "['x.y.Z', {'a': 1}]", done.stderr
    done = read(tmp_path, expression, ATTACHMENTS_STORAGE_OPTIONS='{"location": "/srv/files"}')
    assert "'location': '/srv/files'" in done.stdout
    assert "384" in done.stdout  # 0600
    done = read(tmp_path, expression)
    assert str(tmp_path / "data" / "attachments") in done.stdout
