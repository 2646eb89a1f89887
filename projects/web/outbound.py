"""Requests to other machines, for people's own addresses (webhooks, pictures by URL): never into the network that this
site stands in, unless its operator has named that network in LABELHUB_OUTBOUND_NETWORKS.

The address is checked where the connection is made, so that a name cannot be looked up once for the check and once
more, with another answer, for the connection; each redirect is checked as the first address was. No proxy is used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from projects.errors import Refusal

CONNECT_S = 10.0  # for each address, and for each read
WHOLE_S = 60.0  # for the whole request, however slowly its answer drips
REDIRECTS = 5
NAT64 = ip_network("64:ff9b::/96")  # its last four bytes are the IPv4 address that is meant
UNICAST = ip_network("2000::/3")  # all that the public IPv6 internet has
MOVED = frozenset({301, 302, 303, 307, 308})


class OutboundError(Refusal):
    """code: address (no http or https URL, or no host), private (a network that is not allowed), unreachable, timeout,
    redirects (too many), large (more bytes than wanted). what, data: the sentence as it can be said in any language.
    """

    def __init__(self, what: str, *, code: str | None = None, field: str | None = None, **data: Any) -> None:
        super().__init__(_(what) % data, code=code, field=field)
        self.what, self.data = what, data


@dataclass(frozen=True, slots=True)
class Answer:
    """url: where it came from, after all redirects. headers: names in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def get(url: str, *, most_bytes: int, headers: Mapping[str, str] | None = None, whole_s: float = WHOLE_S) -> Answer:
    """What lies at `url`, redirects followed, whatever its status. Raises OutboundError."""
    for _hop in range(REDIRECTS + 1):
        answer = _ask("GET", url, headers or {}, None, most_bytes, whole_s)
        if answer.status not in MOVED or "location" not in answer.headers:
            return answer
        url = urljoin(url, answer.headers["location"])
    raise OutboundError(gettext_noop("This address redirects too often."), code="redirects")


def post(
    url: str, body: bytes, *, headers: Mapping[str, str], most_bytes: int = 4096, whole_s: float = WHOLE_S
) -> Answer:
    """Sends `body` and returns the first `most_bytes` of the answer. Redirects are not followed. Raises
    OutboundError.
    """
    return _ask("POST", url, headers, body, most_bytes, whole_s, cut=True)


def check_url(url: str) -> SplitResult:
    """The parts of an http or https URL with a host. Its addresses are checked when it is asked, not here.

    Raises OutboundError.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        parts.netloc.encode("idna")
    except ValueError:
        good = False
    if not good or not url.isprintable() or " " in url:
        raise OutboundError(gettext_noop("This is no address of the form https://…"), code="address", field="url")
    if parts.username is not None:
        raise OutboundError(gettext_noop("An address may hold no name and password."), code="address", field="url")
    return parts


def check_reachable(url: str) -> None:
    """The same, and not where the host is known to lie in a network that is not allowed; a name that nobody knows now
    may be known later. Raises OutboundError.
    """
    host = str(check_url(url).hostname)
    try:
        found = _addresses(host, None)
    except (OSError, UnicodeError):
        return
    if found and not any(is_allowed(address) for _row, address in found):
        raise _not_allowed(host)


def _addresses(host: str, port: int | None) -> list[tuple[Any, IPv4Address | IPv6Address]]:
    """What the host's name stands for, each as `socket.getaddrinfo` has it and as an address."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(row, ip_address(str(row[4][0]).partition("%")[0])) for row in rows]


def _not_allowed(host: str) -> OutboundError:
    what = gettext_noop("“%(host)s” lies in a network that is not allowed.")
    return OutboundError(what, code="private", field="url", host=host)


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the public internet, or of a network that the operator allows."""
    meant = _meant(address)
    if any(one in network for one in (address, meant) for network in settings.OUTBOUND_NETWORKS):
        return True
    usual = meant in UNICAST if isinstance(meant, IPv6Address) else not (meant.is_multicast or meant.is_reserved)
    return meant.is_global and usual


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _connect(place: tuple[str, int], timeout: float, source: Any = None) -> socket.socket:
    """A connection to the first allowed address of the host that answers."""
    host, port = place
    allowed = [row for row, found in _addresses(host, port) if is_allowed(found)]
    if not allowed:
        raise _not_allowed(host)
    error: OSError | None = None
    for family, kind, protocol, _name, address in allowed:
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(timeout)
        try:
            opened.connect(address)
        except OSError as fault:
            opened.close()
            error = fault
        else:
            return opened
    assert error is not None
    raise error


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host = str(parts.hostname)
    made = (
        http.client.HTTPSConnection(host, parts.port or 443, timeout=CONNECT_S, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port or 80, timeout=CONNECT_S)
    )
    made._create_connection = _connect  # type: ignore[attr-defined]
    return made


def _ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    most_bytes: int,
    whole_s: float,
    *,
    cut: bool = False,
) -> Answer:
    parts = check_url(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection, sockets = _connection(parts), list[socket.socket]()
    with _said(str(parts.hostname)), _ended_after(whole_s, sockets) as is_over:
        try:
            connection.connect()
            sockets.append(connection.sock)
            connection.request(method, _quoted(path), body, {"User-Agent": "LabelHub", **headers})
            response = connection.getresponse()
            found = response.read(most_bytes + 1)
        except (OSError, http.client.HTTPException) as error:
            raise TimeoutError if is_over() else error from None
        finally:
            connection.close()
        if is_over():
            raise TimeoutError
    if len(found) > most_bytes and not cut:
        raise OutboundError(gettext_noop("What lies there is larger than %(n)d bytes."), code="large", n=most_bytes)
    kept = {name.lower(): value for name, value in response.getheaders()}
    return Answer(url, response.status, kept, found[:most_bytes])


def _quoted(path: str) -> str:
    """Letters beyond ASCII as they go over the wire; what is quoted already stays."""
    return "".join(
        letter if letter.isascii() else "".join(f"%{byte:02X}" for byte in letter.encode()) for letter in path
    )


@contextmanager
def _ended_after(seconds: float, sockets: list[socket.socket]) -> Iterator[Callable[[], bool]]:
    """Shuts what is in `sockets` when the time is over, whatever it waits for. Gives whether that was so."""
    over = threading.Event()

    def end() -> None:
        over.set()
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()


@contextmanager
def _said(host: str) -> Iterator[None]:
    """Faults of the network as an error of ours."""
    try:
        yield
    except TimeoutError as error:
        raise OutboundError(gettext_noop("“%(host)s” did not answer in time."), code="timeout", host=host) from error
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        what = gettext_noop("“%(host)s” cannot be reached: %(reason)s")
        reason = str(error) or type(error).__name__
        raise OutboundError(what, code="unreachable", host=host, reason=reason) from error
