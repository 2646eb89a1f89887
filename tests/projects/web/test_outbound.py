"""Requests to people's addresses: against a real server of this machine, which is a private network itself."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network

import pytest

from projects.web import outbound

HERE = [ip_network("127.0.0.0/8")]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/away":
            return self.answer(302, {"Location": "/here"})
        if self.path == "/round":
            return self.answer(302, {"Location": "/round"})
        if self.path == "/inside":
            return self.answer(302, {"Location": f"http://[::1]:{self.server.server_port}/here"})
        if self.path == "/file":
            return self.answer(302, {"Location": "file:///etc/passwd"})
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
            return None
        return self.answer(200, {}, self.path.encode())

    def do_POST(self):
        self.answer(201, {}, self.headers["X-Note"].encode() + self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("2001:db8::1", False),
    ],
)
def test_private_addresses_in_every_disguise(address, allowed, settings):
    settings.OUTBOUND_NETWORKS = []
    assert outbound.is_allowed(ip_address(address)) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "{0}/x",
        "http://localhost:{1}/x",
        "http://2130706433:{1}/",
        "http://[::ffff:127.0.0.1]:{1}/",
        "http://[::ffff:10.0.0.1]/",
    ],
)
def test_this_machine_is_not_asked(url, server, settings):
    settings.OUTBOUND_NETWORKS = []
    with pytest.raises(outbound.OutboundError) as refused:
        outbound.get(url.format(server, server.rpartition(":")[2]), most_bytes=99)
    assert refused.value.code == "private"


@pytest.mark.parametrize(
    ("path", "body"),
    [("/x?a=1", b"/x?a=1"), ("/a b"[:2], b"/a"), ("/여우", b"/%EC%97%AC%EC%9A%B0"), ("/away", b"/here")],
)
def test_what_an_allowed_server_has(path, body, server, settings):
    settings.OUTBOUND_NETWORKS = HERE
    answer = outbound.get(server + path, most_bytes=99)
    assert (answer.status, answer.body, answer.is_good) == (200, body, True)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("{0}/round", "redirects"),
        ("{0}/inside", "private"),
        ("{0}/file", "address"),
        ("{0}/a-long-path", "large"),
        ("http://127.0.0.1:1/", "unreachable"),
        ("http://no.such.host.invalid/", "unreachable"),
        ("ftp://example.org/", "address"),
        ("https://", "address"),
        ("http://a:b@example.org/", "address"),
        ("http://example.org/\r\nX: y", "address"),
        ("http://example.org:99999/", "address"),
        ("http://" + "a" * 70 + ".org/", "address"),
    ],
)
def test_what_cannot_be_had_has_a_code(url, code, server, settings):
    settings.OUTBOUND_NETWORKS = HERE
    with pytest.raises(outbound.OutboundError) as refused:
        outbound.get(url.format(server), most_bytes=9)
    assert refused.value.code == code
    assert refused.value.detail


def test_an_answer_that_drips_is_left(server, settings):
    settings.OUTBOUND_NETWORKS = HERE
    began = time.monotonic()
    with pytest.raises(outbound.OutboundError) as refused:
        outbound.get(server + "/slow", most_bytes=999, whole_s=0.3)
    assert refused.value.code == "timeout"
    assert time.monotonic() - began < 2


def test_a_post_brings_its_headers_and_reads_no_more_than_it_wants(server, settings):
    settings.OUTBOUND_NETWORKS = HERE
    answer = outbound.post(server, b"-body", headers={"X-Note": "note"}, most_bytes=7)
    assert (answer.status, answer.body) == (201, b"note-bo")
