"""Requests that are no requests: each has its answer, and the service is still well afterwards."""

import re
import socket

import pytest

from ostraka import song_contest

HOST = b"Host: x\r\n"
GET = b"GET /healthz HTTP/1.1\r\n"
POST = b"POST /v1/elections HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"

CASES = {
    "not HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n", {400}),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", {400}),
    "an unknown version": (b"GET /healthz HTTP/3.7\r\n" + HOST + b"\r\n", {400, 505}),
    "no Host": (GET + b"\r\n", {400}),
    "two Hosts": (GET + HOST + b"Host: y\r\n\r\n", {400}),
    "a space before the colon": (GET + HOST + b"X-A : b\r\n\r\n", {400}),
    "a folded header": (GET + HOST + b"X-A: b\r\n c\r\n\r\n", {400}),
    "a NUL in a header": (GET + HOST + b"X-A: b\x00c\r\n\r\n", {400}),
    "a header without a name": (GET + HOST + b": b\r\n\r\n", {400}),
    "a control character in the target": (b"GET /health\x01z HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    "a space in the target": (b"GET /health z HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    "a bad method": (b"GE(T /healthz HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    "Content-Length with Transfer-Encoding":
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    "two Content-Lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", {400}),
    "a negative Content-Length": (POST + b"Content-Length: -5\r\n\r\n", {400}),
    "a Content-Length that is no number": (POST + b"Content-Length: 5x\r\n\r\nhello", {400}),
    "a Content-Length beyond 64 bits": (POST + b"Content-Length: 99999999999999999999999\r\n\r\n", {400, 413}),
    "a Content-Length with a plus": (POST + b"Content-Length: +5\r\n\r\nhello", {400}),
    "an unknown Transfer-Encoding": (POST + b"Transfer-Encoding: gzip\r\n\r\n", {400, 501}),
    "chunked that is not last": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", {400, 501}),
    "chunked in disguise": (POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", {400, 501}),
    "a bad chunk size": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", {400}),
    "a huge chunk size": (POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello", {400, 413}),
    "a chunk without its end": (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n", {400}),
    "an oversized request line": (b"GET /" + b"a" * 24_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", {400, 414, 431}),
    "an oversized header": (GET + HOST + b"X-A: " + b"b" * 24_000 + b"\r\n\r\n", {431}),
    "too many headers": (GET + HOST + b"".join(b"X-%d: y\r\n" % i for i in range(3_000)) + b"\r\n", {431}),
    "an oversized body": (POST + b"Content-Length: 1000000\r\n\r\n" + b"x" * 100_000, {413}),
    "an oversized chunked body":
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b"x" * 0x4000 + b"\r\n" +
         (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 5 + b"0\r\n\r\n", {413}),
}


def statuses_of(received):
    """The status of every answer in what was received."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n", received)]


def answer_to(port, request):
    """Every byte the server sends until it closes, or until it has been silent after an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        try:
            connection.sendall(request)
        except OSError:
            pass  # it may close before it has taken everything
        received = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            received += piece
    return received


@pytest.mark.parametrize("name", CASES)
def test_a_malformed_request_is_answered_and_its_connection_closed(system, name):
    request, statuses = CASES[name]
    received = answer_to(system.port, request)
    assert received.startswith(b"HTTP/1.1 "), (name, received[:200])
    assert int(received.split()[1]) in statuses, (name, received[:200])
    assert b"application/problem+json" in received
    assert len(statuses_of(received)) == 1, "nothing behind the malformed request may be answered"
    assert system.request("GET", "/readyz").status == 200


def test_a_smuggled_second_request_is_never_answered(system):
    smuggled = b"GET /v1/elections HTTP/1.1\r\n" + HOST + b"\r\n"
    request = (POST + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (len(smuggled) + 5)) + smuggled
    received = answer_to(system.port, request)
    assert statuses_of(received) == [400]


def test_pipelined_requests_are_answered_in_order(system):
    election = system.create(song_contest("pipelined"))
    request = b"".join(b"GET %s HTTP/1.1\r\n" % path + HOST + (b"Connection: close\r\n" if last else b"") + b"\r\n"
                       for path, last in ((b"/healthz", False), (b"/nowhere", False), (b"/v1/elections/pipelined", True)))
    received = answer_to(system.port, request)
    assert statuses_of(received) == [200, 404, 200]
    assert election.encode() in received


def test_a_chunked_vote_counts_like_any_other(system):
    election = system.create(song_contest("chunked"))
    token = system.ballot_token(election, "v")
    body = b'{"ballot":{"song":["a"]}}'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    request = (b"POST /v1/elections/chunked/votes HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
               b"Connection: close\r\nAuthorization: Bearer " + token.encode() +
               b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert answer_to(system.port, request).startswith(b"HTTP/1.1 201")
