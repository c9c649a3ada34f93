"""Who may speak to us: the hosts and origins of this machine, and no name that merely leads here."""

from __future__ import annotations

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.accept import guard
from conduit_desktop.gateway.accept.request import Request

LOCAL = [
    "127.0.0.1",
    "127.0.0.1:7878",
    "127.8.9.10:1",
    "127.0.0.1.",
    "localhost",
    "LocalHost:7878",
    "localhost.",
    "localhost:",
    "app.localhost:3000",
    "[::1]",
    "[::1]:7878",
    "[0:0:0:0:0:0:0:1]:7878",
]
FOREIGN = [
    "",
    "evil.com",
    "evil.com:7878",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "127.0.0.1.nip.io:7878",
    "evillocalhost",
    "localhost@evil.com",
    "evil.com@localhost",
    "evil.com/localhost",
    "evil.com?localhost",
    "localhost?evil.com",
    "localhost#evil.com",
    "local\thost",
    "localhost evil.com",
    "localhost,evil.com",
    "0.0.0.0:7878",
    "[::]",
    "[::ffff:10.0.0.1]",
    "10.0.0.1",
    "192.168.1.5:7878",
    "169.254.169.254",
    "127.1",
    "2130706433",
    "0x7f000001",
    "[::1",
    "::1",
    "localhost:port",
    "localhost:99999",
    "lоcalhost",  # a Cyrillic o
]


def request(**headers: str) -> Request:
    made = Request()
    made.headers = [(name.replace("_", "-").encode(), value.encode("utf-8")) for name, value in headers.items()]
    made.header = dict(made.headers).get
    return made


@pytest.mark.parametrize("host", LOCAL)
def test_hosts_of_this_machine(host: str) -> None:
    assert guard.is_local_host(host)
    guard.check(request(host=host))
    guard.check(request(host=host, origin=f"http://{host}"))


@pytest.mark.parametrize("host", FOREIGN)
def test_hosts_of_others(host: str) -> None:
    assert not guard.is_local_host(host)
    with pytest.raises(BadRequest) as caught:
        guard.check(request(host=host))
    assert (caught.value.status, caught.value.code) == (403, "host_not_allowed")


@pytest.mark.parametrize(
    "origin", ["null", "", "file://", "https://evil.com", "localhost", "://localhost", "http:localhost"]
)
def test_origins_of_others(origin: str) -> None:
    asking = request(host="localhost:7878", origin=origin)
    with pytest.raises(BadRequest) as caught:
        guard.check(asking)
    assert (caught.value.status, caught.value.code) == (403, "origin_not_allowed")
    assert not guard.allowed_origin(asking)
    assert guard.cors(asking) == []


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "https://127.0.0.1", "tauri://localhost", "http://[::1]:80"]
)
def test_pages_of_this_machine_get_their_own_origin(origin: str) -> None:
    headers = dict(guard.cors(request(host="localhost", origin=origin)))
    assert headers[b"access-control-allow-origin"] == origin.encode()
    assert headers[b"vary"] == b"origin"
    assert b"access-control-allow-credentials" not in headers


def test_no_origin_is_no_page() -> None:
    assert guard.allowed_origin(request(host="localhost"))
    assert guard.cors(request(host="localhost")) == []


def test_only_http_1_0_goes_without_a_host() -> None:
    with pytest.raises(BadRequest) as caught:
        guard.check(request())
    assert caught.value.status == 400
    old = request()
    old.version = "1.0"
    guard.check(old)


def test_a_preflight_is_answered_with_what_it_asks_for() -> None:
    asked = "authorization,x-stainless-lang"
    headers = dict(
        guard.preflight(request(host="localhost", origin="http://localhost:3000", access_control_request_headers=asked))
    )
    assert headers[b"access-control-allow-headers"] == asked.encode()
    assert b"POST" in headers[b"access-control-allow-methods"]
    plain = dict(guard.preflight(request(host="localhost")))
    assert b"access-control-allow-origin" not in plain


def test_verdicts_are_kept_but_not_without_end() -> None:
    for number in range(2500):
        guard.allowed_origin(request(origin=f"http://h{number}.example"))
    assert guard._local_origin.cache_info().currsize <= 256
