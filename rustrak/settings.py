"""Everything that can be set. The environment is read here and nowhere else.

Names, defaults and meanings are listed in docs/operations.md. Secrets may come from a file: `NAME_FILE` names it.
A bad value stops the start with `ImproperlyConfigured`: the variable, what is wrong, and an example.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

BASE_DIR = Path(__file__).resolve().parent.parent

# Read as it is: environ's own readers take a value that starts with $ for the name of another variable.
_environment = environ.FileAwareEnv().ENVIRON
environ.Env.read_env(str(BASE_DIR / ".env"))


def _setting(
    name: str, default: Any, parse: Callable[[str], Any], example: str, *, secret: bool = False
) -> Any:
    """The variable `name` through `parse`; `default` as it is when unset or empty. A secret is not repeated."""
    try:
        raw = str(_environment.get(name, "")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name}_FILE: {error}. Example: {name}_FILE=/run/secrets/{name.lower()}"
        ) from None
    if not raw:
        return default
    try:
        return parse(raw)
    except (ValueError, TypeError, KeyError, ImproperlyConfigured) as error:
        shown = name if secret or "@" in raw else f"{name}={raw!r}"
        raise ImproperlyConfigured(f"{shown}: {error}. Example: {name}={example}") from None


def _number(least: int = 0, most: int = 2**63 - 1) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError("not a whole number") from None
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most}")
        return value

    return parse


def _boolean(raw: str) -> bool:
    word = raw.lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError("not true or false")


def _choice(*words: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw.lower() not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return raw.lower()

    return parse


def _url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https address")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must have no user, query or fragment")
    return raw.rstrip("/")


def _networks(raw: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(part.strip(), strict=False) for part in raw.split(",") if part.strip()]


DATA_DIR = Path(_setting("RUSTRAK_DATA", str(BASE_DIR / "data"), str, "./data")).expanduser().resolve()
INGEST_DIR = (
    Path(_setting("INGEST_DIR", str(DATA_DIR / "spool"), str, "/var/spool/rustrak")).expanduser().resolve()
)

# Who runs, and what it says of its work.
RUN_DIR = DATA_DIR / "run"

try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(
        f"RUSTRAK_DATA={str(DATA_DIR)!r}: cannot be created ({error.strerror}). Example: RUSTRAK_DATA=./data"
    ) from None

# Where we are ---------------------------------------------------------------------------------------------

HOST: str = _setting("HOST", "127.0.0.1", str, "0.0.0.0")  # noqa: S104
PORT: int = _setting("PORT", 8000, _number(1, 65535), "8000")
PUBLIC_URL: str = _setting(
    "PUBLIC_URL", f"http://{f'[{HOST}]' if ':' in HOST else HOST}:{PORT}", _url, "https://errors.example.org"
)
SSL_PROXY: bool = _setting("SSL_PROXY", False, _boolean, "true")
TRUSTED_PROXIES = _setting("TRUSTED_PROXIES", [], _networks, "10.0.0.0/8,192.168.1.5")

# Two small processes beat one large one and leave the digest a core: docs/decisions/0003.
WEB_WORKERS: int = _setting("WEB_WORKERS", min(2, os.cpu_count() or 1), _number(1, 256), "2")
WEB_THREADS: int = _setting("WEB_THREADS", 4, _number(1, 256), "4")
DIGEST_WORKERS: int = _setting("DIGEST_WORKERS", 1, _number(0, 64), "1")

# Secrets --------------------------------------------------------------------------------------------------


def _generated_secret() -> str:
    """The secret made at the first start and kept in RUSTRAK_DATA, readable by its owner only."""
    path = DATA_DIR / "secret_key"
    try:
        if not path.exists():
            # Under another name first: who comes second must not read an empty file.
            draft = DATA_DIR / f".secret_key.{os.getpid()}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            draft.unlink()
        secret = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"RUSTRAK_DATA={str(DATA_DIR)!r}: {path.name} cannot be kept there ({error.strerror}). "
            "Example: RUSTRAK_DATA=./data"
        ) from None
    if not secret:
        raise ImproperlyConfigured(f"{path} is empty; delete it to have a new secret made")
    return secret


SECRET_KEY: str = _setting("SESSION_SECRET_KEY", "", str, secrets.token_urlsafe(36))
if not SECRET_KEY:
    if SSL_PROXY:
        raise ImproperlyConfigured(
            "SESSION_SECRET_KEY is required with SSL_PROXY=true: every machine behind the proxy must share it. "
            f"Example: SESSION_SECRET_KEY={secrets.token_urlsafe(36)}"
        )
    SECRET_KEY = _generated_secret()
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured(
        f"SESSION_SECRET_KEY: {len(SECRET_KEY)} characters are too few, 32 is the least. "
        f"Example: SESSION_SECRET_KEY={secrets.token_urlsafe(36)}"
    )

CREATE_SUPERUSER: str = _setting("CREATE_SUPERUSER", "", str, "ana@example.org:password")
REGISTRATION: str = _setting("REGISTRATION", "invite", _choice("open", "invite", "closed"), "invite")

# Intake ---------------------------------------------------------------------------------------------------

_MIB = 1024 * 1024
MAX_EVENT_BYTES: int = _setting("MAX_EVENT_BYTES", _MIB, _number(1024), "1048576")
MAX_ENVELOPE_BYTES: int = _setting("MAX_ENVELOPE_BYTES", 100 * _MIB, _number(1024), "104857600")
MAX_ENVELOPE_COMPRESSED_BYTES: int = _setting(
    "MAX_ENVELOPE_COMPRESSED_BYTES", 20 * _MIB, _number(1024), "20971520"
)
# One attachment or minidump, unpacked; and how many one envelope may bring.
MAX_ATTACHMENT_BYTES: int = _setting("MAX_ATTACHMENT_BYTES", 100 * _MIB, _number(1024), "104857600")
MAX_ATTACHMENTS_PER_EVENT: int = _setting("MAX_ATTACHMENTS_PER_EVENT", 30, _number(0, 500), "30")
# How large the spool may grow (0: no limit) before SDKs are answered with 503.
MAX_SPOOL_BYTES: int = _setting("MAX_SPOOL_BYTES", 10 * 1024 * _MIB, _number(), "10737418240")
INGEST_FSYNC: bool = _setting("INGEST_FSYNC", True, _boolean, "true")

# Accepted error events per clock minute and clock hour (0: no limit): of all projects, and of one that says nothing else.
_events = _number(0, 2**31 - 1)
MAX_EVENTS_PER_MINUTE: int = _setting("MAX_EVENTS_PER_MINUTE", 60_000, _events, "60000")
MAX_EVENTS_PER_HOUR: int = _setting("MAX_EVENTS_PER_HOUR", 1_000_000, _events, "1000000")
MAX_EVENTS_PER_PROJECT_PER_MINUTE: int = _setting(
    "MAX_EVENTS_PER_PROJECT_PER_MINUTE", 20_000, _events, "20000"
)
MAX_EVENTS_PER_PROJECT_PER_HOUR: int = _setting("MAX_EVENTS_PER_PROJECT_PER_HOUR", 300_000, _events, "300000")

# How long stored events are kept (0: no limit); what was counted stays counted.
RETAIN_DAYS: int = _setting("RETAIN_DAYS", 90, _number(0, 36500), "90")
RETAIN_EVENTS_PER_PROJECT: int = _setting("RETAIN_EVENTS_PER_PROJECT", 100_000, _number(), "100000")
RETAIN_ATTACHMENT_DAYS: int = _setting("RETAIN_ATTACHMENT_DAYS", 30, _number(0, 36500), "30")

# Django ---------------------------------------------------------------------------------------------------

DEBUG = False
ALLOWED_HOSTS = ["*"]  # nothing is built from the Host header: PUBLIC_URL is the only base of links
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(PUBLIC_URL))]

INSTALLED_APPS = [
    "rustrak",
    "accounts",
    "ingest",
    "issues",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "ninja",
]

MIDDLEWARE = [
    "rustrak.middleware.server_timing",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "rustrak.urls"
ASGI_APPLICATION = "rustrak.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.chrome",
            ],
        },
    }
]

# Database -------------------------------------------------------------------------------------------------


def _database(raw: str) -> dict[str, Any]:
    if raw.split(":", 1)[0] not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError("only sqlite and postgres are supported")
    config: dict[str, Any] = environ.Env.db_url_config(raw)
    return _sqlite(config) if config["ENGINE"].endswith("sqlite3") else _postgres(config)


def _sqlite(config: dict[str, Any]) -> dict[str, Any]:
    if config["NAME"] in {"", ":memory:"}:
        raise ValueError("must name a file: several processes share it")
    config["NAME"] = str(Path(config["NAME"]).expanduser().absolute())
    # Threads and processes stay and so may their connections; not for ever, or a replaced file goes unnoticed.
    config["CONN_MAX_AGE"] = 60
    config["OPTIONS"] = {
        # Writers queue instead of failing when a read turns into a write: docs/decisions/0002.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA page_size=8192; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; "
            "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY;"
        ),
    }
    return config


def _postgres(config: dict[str, Any]) -> dict[str, Any]:
    # A process's page threads and its key look-ups share a few connections. A restarted database is noticed.
    config["CONN_HEALTH_CHECKS"] = True
    config["OPTIONS"] = {**config.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": WEB_THREADS + 2}}
    return config


DATABASES = {
    "default": _setting(
        "DATABASE_URL",
        None,
        _database,
        "postgres://user:pass@localhost:5432/rustrak",
        secret=True,
    )
    or _database(f"sqlite:///{DATA_DIR / 'rustrak.sqlite3'}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Rustrak] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
# Failed sign-ins are counted by accounts.throttle, as rows. The rest (sign-up, resets) is counted in the cache.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": None}
CACHES = {
    # Files, because all workers of a machine must count together; nothing that matters is lost with them.
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache",
    }
}

SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 30 * 24 * 3600

# The browser's side ---------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if SSL_PROXY:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600

# A path in PUBLIC_URL is where the proxy mounts us; links and static files carry it.
FORCE_SCRIPT_NAME = urlsplit(PUBLIC_URL).path or None
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]


def _dotted(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", raw):
        raise ValueError("not the dotted path of a class")
    return raw


def _json_object(raw: str) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


_FILES = "django.core.files.storage.FileSystemStorage"
ATTACHMENTS_STORAGE: str = _setting("ATTACHMENTS_STORAGE", _FILES, _dotted, "storages.backends.s3.S3Storage")
_ATTACHMENTS_OPTIONS: dict[str, Any] = _setting(
    "ATTACHMENTS_STORAGE_OPTIONS", {}, _json_object, '{"bucket_name": "rustrak"}', secret=True
)
if ATTACHMENTS_STORAGE == _FILES:
    _ATTACHMENTS_OPTIONS = {
        "location": str(DATA_DIR / "attachments"),
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
        **_ATTACHMENTS_OPTIONS,
    }

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "rustrak.run.assets.Storage"},
    "attachments": {"BACKEND": ATTACHMENTS_STORAGE, "OPTIONS": _ATTACHMENTS_OPTIONS},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Compressing the source maps of vendored scripts would take most of the first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# Mail and logs --------------------------------------------------------------------------------------------

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
vars().update(
    _setting(
        "EMAIL_URL",
        {},
        environ.Env.email_url_config,
        "smtp+tls://user:pass@mail.example.org:587",
        secret=True,
    )
)
DEFAULT_FROM_EMAIL: str = _setting(
    "DEFAULT_FROM_EMAIL", "Rustrak <rustrak@localhost>", str, "Rustrak <rustrak@example.org>"
)

LOG_FORMAT: str = _setting("LOG_FORMAT", "text", _choice("text", "json"), "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
        "json": {"()": "rustrak.lib.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
    },
}

NINJA_PAGINATION_MAX_LIMIT = 100

# The e-mail is unique, in any case of letters: a constraint on Lower("email"), which the check doesn't see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
