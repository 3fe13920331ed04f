"""Which names of values stand for secrets, by the words that they consist of. Pure.

`db_password`, `dbPassword`, `DB-PASSWORD` and `dbpassword` do; `token_count`, `author` and `password_length` do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

KindOf = Callable[[str], str]
Marked = Callable[[str], str]
#: In characters. A longer name is a text, not a name.
LONGEST = 200
_HUMP = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile("[a-z]+")
_ESCAPED = re.compile("%[0-9a-fA-F]{2}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: By the last word of the name.
_LAST = {
    **dict.fromkeys(("password", "passwd", "passwort", "passphrase", "passcode", "pwd", "pw"), "password"),
    **dict.fromkeys(("secret", "secrets"), "secret"),
    **dict.fromkeys(("token", "bearer", "jwt"), "token"),
    **dict.fromkeys(("apikey", "apikeys", "apitoken"), "API key"),
    **dict.fromkeys(("authorization", "auth"), "authorization"),
    **dict.fromkeys(("credential", "credentials", "creds"), "credentials"),
    **dict.fromkeys(("cookie", "cookies"), "cookie"),
    **dict.fromkeys(("session", "sessionid", "sessid"), "session"),
    **dict.fromkeys(("csrf", "xsrf"), "token"),
    **dict.fromkeys(("privatekey", "secretkey", "accesskey", "passkey"), "key"),
    **dict.fromkeys(("cvv", "cvc", "cvv2", "cvc2", "creditcard", "cardnumber"), "card number"),
    **dict.fromkeys(("iban",), "IBAN"),
    **dict.fromkeys(("ssn",), "social security number"),
    **dict.fromkeys(("otp", "totp"), "one-time code"),
}
#: What a name of one word may end with, as `pgpassword` and `csrftoken` do.
_ENDINGS = (
    ("password", "password"), ("passwd", "password"), ("passphrase", "password"), ("secret", "secret"), ("token", "token"),
    ("apikey", "API key"), ("secretkey", "key"), ("privatekey", "key"), ("accesskey", "key"), ("credentials", "credentials"),
    ("sessionid", "session"), ("sessid", "session"), ("cookie", "cookie"),
)  # fmt: skip
#: Words that make a secret of the word key behind them.
_KEYS = (
    "api", "secret", "access", "private", "encryption", "decryption", "signing", "ssh", "license", "licence", "master", "hmac",
    "auth", "account", "session", "shared", "consumer", "deploy", "webhook", "jwt", "rsa", "pgp", "gpg", "ssl", "tls", "aes",
    "storage", "service", "app", "application", "client",
)  # fmt: skip
#: By the last two words of the name.
_LAST_TWO = {
    **{
        (kind, key): "API key" if kind == "api" else "key"
        for kind in _KEYS
        for key in ("key", "keys")
    },
    **dict.fromkeys((("access", "tokens"), ("refresh", "tokens"), ("api", "tokens"), ("auth", "tokens")), "token"),
    **dict.fromkeys((("session", "id"), ("sess", "id")), "session"),
    **dict.fromkeys(
        (("card", "number"), ("card", "num"), ("card", "no"), ("cc", "number"), ("cc", "num"), ("credit", "card"),
         ("debit", "card"), ("security", "code"), ("card", "code")), "card number"),
    **dict.fromkeys((("social", "security"), ("security", "number")), "social security number"),
    **dict.fromkeys((("pin", "code"), ("mfa", "code"), ("otp", "code"), ("totp", "code")), "one-time code"),
    ("amz", "signature"): "token",
}  # fmt: skip
#: Words in which a name is a secret's wherever they stand in it, unless it ends with one of _ABOUT.
_STRONG = {
    word: _LAST[word]
    for word in (
        "password",
        "passwd",
        "passwort",
        "passphrase",
        "secret",
        "secrets",
        "authorization",
        "credentials",
    )
}
#: Last words of names of what is said about a secret.
_ABOUT = _words(
    "about age algorithm allowed at attempt attempts backend button by changed class count created days disabled enabled error "
    "errors expires expired expiry exists field fields file form format hasher hashers hint id input invalid is label len "
    "length link max message min missing mode name ok page path placeholder policy protection required reset rules set "
    "source status strength success template time timeout title ttl type url uri updated used valid validation validator "
    "validators version view visible widget"
)
#: What may follow the word that counts: `token_value`, `session_id_old`.
_BESIDE = _words(
    "value values string str text raw plain header hash hashed encrypted confirm confirmation confirmed repeat repeated "
    "again new old current data base b enc env var"
)

# Names in the environment that are secret-like and known to hold none.
_HARMLESS = _words(
    "PWD OLDPWD SSH_AUTH_SOCK SSH_AGENT_PID XAUTHORITY XDG_SESSION_ID XDG_SESSION_TYPE XDG_SESSION_CLASS XDG_SESSION_PATH "
    "DESKTOP_SESSION GDMSESSION SESSIONNAME SESSION_MANAGER TERM_SESSION_ID ITERM_SESSION_ID SECURITYSESSIONID "
    "DBUS_SESSION_BUS_ADDRESS KEYTIMEOUT GNOME_KEYRING_CONTROL GPG_TTY GPG_AGENT_INFO APT_KEY_DONT_WARN_ON_DANGEROUS_USAGE "
    "GIT_ASKPASS SSH_ASKPASS SUDO_ASKPASS KEYBOARD PUBLIC_KEY SENTRY_DSN SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE "
    "CURL_CA_BUNDLE REQUESTS_CA_BUNDLE GOOGLE_APPLICATION_CREDENTIALS AWS_SHARED_CREDENTIALS_FILE"
)
_OF_ENVIRONMENT = {
    **dict.fromkeys(("key", "keys", "apikey"), "key"),
    **dict.fromkeys(("pass", "pw", "login"), "password"),
    **dict.fromkeys(("tokens", "pat"), "token"),
    **dict.fromkeys(("salt", "signature", "private"), "secret"),
    **dict.fromkeys(("creds",), "credentials"),
}


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, without its digits: of `userAPIKey2` these are user, api, key."""
    if "%" in name:  # of a form field, as user%5Bpassword%5D
        name = _ESCAPED.sub(" ", name)
    return _WORD.findall((name if name.islower() else _HUMP.sub(" ", name)).lower())


def kind_of(name: str) -> str:
    """What kind of secret a value with this name is, such as `password`; empty where it is none."""
    if len(name) > LONGEST or "[removed" in name:
        return ""
    words = words_of(name)
    strong = next((_STRONG[word] for word in words if word in _STRONG), "")
    if strong and words[-1] not in _ABOUT:
        return strong
    while len(words) > 1 and words[-1] in _BESIDE:
        words.pop()
    if not words:
        return ""
    if found := _LAST.get(words[-1]) or (_LAST_TWO.get((words[-2], words[-1]), "") if len(words) > 1 else ""):
        return found
    return next((kind for ending, kind in _ENDINGS if words[-1].endswith(ending)), "")


def kind_in_environment(name: str) -> str:
    """The same of a variable of a process's environment, where more names are a secret's and some are known not to be one's."""
    if name.upper() in _HARMLESS:
        return ""
    if found := kind_of(name):
        return found
    words = words_of(name)
    if not words or words[-1] in _ABOUT:
        return ""
    return next((_OF_ENVIRONMENT[word] for word in reversed(words) if word in _OF_ENVIRONMENT), "")


_BETWEEN = '(?:%[0-9a-f]{2}|[^a-z"])*'
#: Part of a pattern that ignores case: every name of which `kind_of` says something contains what it matches.
STEMS = (
    "pass(?:w|ph|co|key)|pwd|pw|secret|token|bearer|jwt|auth|cred|cookie|sess|csrf|xsrf|cvv|cvc|iban|ssn|otp|apikey|privatekey"
    f"|accesskey|cardnumber|creditcard|(?:{'|'.join(_KEYS)}){_BETWEEN}key|(?:card|cc){_BETWEEN}(?:n|code)|(?:credit|debit){_BETWEEN}card"
    f"|security{_BETWEEN}(?:code|number)|social{_BETWEEN}security|(?:pin|mfa){_BETWEEN}code|amz{_BETWEEN}signature"
)
