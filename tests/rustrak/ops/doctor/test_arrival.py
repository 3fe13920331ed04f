from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from rustrak.lib.http.hosts import Hosts
from rustrak.ops.doctor import Level
from rustrak.ops.doctor.arrival import Deployment, compare
from rustrak.ops.probe import Arrival

PROXY, CLIENT = "10.0.0.2", "203.0.113.9"
HOSTS = Hosts.of("errors.example.org", "127.0.0.1", ["upstream"])
BEHIND = {"ssl_proxy": True, "trusted": (ipaddress.ip_network("10.0.0.0/8"),)}


def arrived(**different: Any) -> Arrival:
    forwarded = {"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https"}
    usual = {"scheme": "https", "host": "errors.example.org", "peer": PROXY, "client": CLIENT, "forwarded": forwarded, "at": 0.0}  # fmt: skip
    return Arrival(**{**usual, **different})


def deployed(**different: Any) -> Deployment:
    usual = {"scheme": "https", "host": "errors.example.org", "direct": False, "hosts": HOSTS, **BEHIND}
    return Deployment(**{**usual, **different})


@pytest.mark.parametrize(
    ("arrival", "deployment"),
    [
        (arrived(), deployed()),
        (arrived(host="errors.example.org:443"), deployed()),
        (arrived(host="Errors.Example.org"), deployed()),
        (arrived(peer="::ffff:10.0.0.2"), deployed()),
        (arrived(scheme="http", peer="127.0.0.1", forwarded={}), deployed(scheme="http", ssl_proxy=False, trusted=(), direct=True)),
    ],
)  # fmt: skip
def test_nothing_is_found_when_everything_fits(arrival: Arrival, deployment: Deployment) -> None:
    assert compare(arrival, deployment) == []


@pytest.mark.parametrize(
    ("arrival", "deployment", "level", "fix"),
    [
        (arrived(scheme="http"), deployed(ssl_proxy=False, trusted=()), "problem", "Set SSL_PROXY=true and TRUSTED_PROXIES=10.0.0.2"),
        (arrived(scheme="http", peer="192.0.2.5"), deployed(), "problem", "Add 192.0.2.5 to TRUSTED_PROXIES"),
        (arrived(scheme="http", forwarded={"X-Forwarded-For": CLIENT}), deployed(), "problem", "proxy_set_header X-Forwarded-Proto"),
        (arrived(scheme="http", forwarded={"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "http"}), deployed(), "problem", "The proxy that terminates TLS"),
        (arrived(), deployed(scheme="http"), "problem", "Set PUBLIC_URL=https://errors.example.org."),
        (arrived(host="127.0.0.1:8000"), deployed(), "warning", "proxy_set_header Host"),
        (arrived(host="upstream"), deployed(), "warning", "proxy_set_header Host"),
        (arrived(host="rustrak_web:8000"), deployed(), "problem", "add rustrak_web:8000 to ALLOWED_HOSTS"),
        (arrived(host=""), deployed(), "problem", "proxy_set_header Host"),
        (arrived(host="errors.example.org:8443"), deployed(), "warning", "proxy_set_header Host"),
        (arrived(peer="192.0.2.5", client="192.0.2.5"), deployed(), "warning", "Set TRUSTED_PROXIES=10.0.0.0/8,192.0.2.5"),
        (arrived(client=PROXY, forwarded={"X-Forwarded-Proto": "https"}), deployed(), "warning", "proxy_set_header X-Forwarded-For"),
        (arrived(peer="nonsense"), deployed(), "warning", "Set TRUSTED_PROXIES"),
    ],
)  # fmt: skip
def test_each_mismatch_is_found(arrival: Arrival, deployment: Deployment, level: str, fix: str) -> None:
    found = compare(arrival, deployment)
    assert [one.level for one in found][0] == Level(level)
    assert fix in found[0].fix


def test_a_client_that_no_proxy_names() -> None:
    (found,) = compare(
        arrived(client="", forwarded={"X-Forwarded-For": "unknown", "X-Forwarded-Proto": "https"}), deployed()
    )
    assert found.level == Level.WARNING
    assert "the client is unknown: 10.0.0.2 sends X-Forwarded-For: unknown" in found.text
