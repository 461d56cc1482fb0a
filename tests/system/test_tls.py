"""Votes over HTTPS, as on the night: with a real client, a renewed certificate, resumed sessions and restarts."""

import http.client
import json
import socket
import ssl
import subprocess

import pytest

from ostraka import Response, System, eventually, song_contest


def make_certificate(folder, name):
    """A key and a certificate for localhost and 127.0.0.1, signed by itself."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
                   stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)


class SecureSystem(System):
    """A system whose gateway speaks HTTPS."""

    def __init__(self, directory, folder, flags=()):
        self.folder = folder
        make_certificate(folder, "first")
        super().__init__(directory, ["--tls-certificate", folder / "first.pem", "--tls-key", folder / "first.key", *flags])

    def wait_ready(self):
        line = self.process.stdout.readline()
        assert line.startswith("ready https://"), (line, self.process.poll(), self.stderr_tail())
        self.port = int(line.strip().rsplit(":", 1)[1])
        self.client = SecureClient(self.port, self.folder / "first.pem")

    @property
    def server(self):
        return f"https://localhost:{self.port}"

    def cli(self, *arguments, server=True, **options):
        trust = ["--ca-file", self.folder / "first.pem"] if server else []
        return super().cli(*arguments, *trust, server=server, **options)


class SecureClient:
    """One kept HTTPS connection."""

    def __init__(self, port, ca_file):
        self.context = ssl.create_default_context(cafile=ca_file)
        self.port = port
        self.connection = None

    def request(self, method, path, body=None, token=None, headers=None):
        fields = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        if body is not None:
            body = json.dumps(body)
            fields.setdefault("Content-Type", "application/json")
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("localhost", self.port, timeout=15, context=self.context)
        self.connection.request(method, path, body=body, headers=fields)
        answer = self.connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def connect(port, context, session=None):
    raw = socket.create_connection(("127.0.0.1", port), timeout=15)
    return context.wrap_socket(raw, server_hostname="localhost", session=session)


def get(connection, path):
    """One exchange on a TLS connection; everything up to the end of the reply's first piece of body."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        assert piece, received
        received += piece
    return received


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    running = SecureSystem(folder / "data", folder).start()
    yield running
    assert running.stop() == 0


def test_a_voters_journey(secure):
    election = secure.create(song_contest("journey"))
    answer = secure.vote(election, "ada", {"song": ["a"]})
    assert answer.status == 201 and answer.headers["Strict-Transport-Security"] == "max-age=31536000", answer
    secure.results_when(election, lambda result: result["ballots"]["counted"] == 1)
    with connect(secure.port, ssl.create_default_context(cafile=secure.folder / "first.pem")) as connection:
        assert connection.version() == "TLSv1.3"
        received = get(connection, f"/v1/elections/{election}/results/stream")
        while b'"counted":1' not in received:
            piece = connection.recv(65_536)
            assert piece, received
            received += piece


def test_the_command_line_speaks_https(secure):
    secure.create(song_contest("commands"))
    assert "commands" in secure.cli("election", "list").stdout
    refused = System.cli(secure, "election", "list", check=False)  # without --ca-file
    assert refused.returncode == 1 and "certificate" in refused.stderr, refused.stderr


def test_the_development_sign_in_is_off_when_the_plain_door_is_open_to_everybody(tmp_path):
    own = SecureSystem(tmp_path / "data", tmp_path, ["--listen-plain", "0.0.0.0:0"]).start()
    try:
        assert own.request("POST", "/v1/development/sign-in", {"name": "ada"}).status == 404
    finally:
        assert own.stop() == 0


@pytest.mark.parametrize("flags", [[], ["--new-connections"], ["--new-connections", "--resume", "0.5"]],
                         ids=["kept", "new", "half resumed"])
def test_load_over_https(secure, flags):
    election = secure.create(song_contest("load" + str(len(flags))))
    before = secure.metric("gateway", "ostraka_gateway_tls_handshakes_resumed_total")
    voters, connections = 400, 8
    done = secure.cli("load", election, "--voters", voters, "--connections", connections, "--repeat", "0.5", "--data",
                      secure.directory, "--json", *flags)
    figures = json.loads(done.stdout)
    assert figures["counted"] == voters and figures["failed"] == figures["conflicted"] == 0, figures
    assert figures["sent"] == voters + figures["repeated"] and figures["repeated"] > voters / 4, figures
    opened = figures["connections"]
    assert opened["handshakes"] == opened["opened"] == (figures["sent"] if flags else connections), opened
    # Both sides say the same of what was resumed.
    assert secure.metric("gateway", "ostraka_gateway_tls_handshakes_resumed_total") - before == opened["resumed"]
    if "--resume" in flags:
        assert opened["opened"] * 0.4 < opened["resumed"] <= opened["opened"] * 0.5 + 1, opened
    else:
        assert opened["resumed"] == 0, opened
    assert secure.recount(election)["ballots"]["counted"] == voters


def test_one_new_connection_a_voter_without_tls(system):
    election = system.create(song_contest("plain-night"))
    figures = json.loads(system.cli("load", election, "--voters", 300, "--connections", 8, "--new-connections", "--data",
                                    system.directory, "--json").stdout)
    assert figures["counted"] == 300 and figures["failed"] == 0, figures
    assert figures["connections"] == {"opened": 300, "handshakes": 0, "resumed": 0}


def test_old_versions_are_spoken_only_where_they_are_asked_for(secure, tmp_path):
    def version_of(port, ca_file):
        context = ssl.create_default_context(cafile=ca_file)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with connect(port, context) as connection:
            assert connection.cipher()[0].startswith("ECDHE-ECDSA-")
            return connection.version()

    with pytest.raises(ssl.SSLError):
        version_of(secure.port, secure.folder / "first.pem")
    config = tmp_path / "config.toml"
    config.write_text('[gateway]\ntls-oldest = "1.2"\n')
    own = SecureSystem(tmp_path / "data", tmp_path, ["--config", config]).start()
    try:
        assert version_of(own.port, tmp_path / "first.pem") == "TLSv1.2"
    finally:
        assert own.stop() == 0


def test_plain_http_is_told_so_and_the_gateway_stays_well(secure):
    with socket.create_connection(("127.0.0.1", secure.port), timeout=15) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b"".join(iter(lambda: plain.recv(65_536), b""))
    assert received.startswith(b"HTTP/1.1 400 ") and b"/problems/https-only" in received, received
    assert secure.metric("gateway", "ostraka_gateway_tls_handshakes_failed_total") > 0
    assert secure.request("GET", "/healthz").status == 200


def test_a_session_outlives_the_gateway_when_the_secret_is_in_a_file(tmp_path):
    (tmp_path / "secret").write_bytes(b"a secret of a test, 32 bytes and more")
    config = tmp_path / "config.toml"
    config.write_text(f'[gateway]\ntls-ticket-secret = "{tmp_path / "secret"}"\n')
    own = SecureSystem(tmp_path / "data", tmp_path, ["--config", config]).start()
    try:
        context = ssl.create_default_context(cafile=tmp_path / "first.pem")
        with connect(own.port, context) as first:
            get(first, "/healthz")
            session = first.session
        pid = own.pids()["gateway"]
        own.kill("gateway")
        own.client.close()
        eventually(lambda: own.pids()["gateway"] != pid and own.management("gateway", "/healthz").status == 200)
        with connect(own.port, context, session) as second:
            assert second.session_reused
            get(second, "/healthz")
        assert own.metric("gateway", "ostraka_gateway_tls_handshakes_resumed_total") == 1
        # With another secret it is a stranger's.
        (tmp_path / "secret.new").write_bytes(b"another secret, which is as long as that")
        (tmp_path / "secret.new").rename(tmp_path / "secret")
        eventually(lambda: own.metric("gateway", "ostraka_gateway_tls_reloads_total") == 1)
        with connect(own.port, context, session) as third:
            assert not third.session_reused
    finally:
        assert own.stop() == 0


def test_a_renewed_certificate_is_served_without_a_restart(tmp_path):
    own = SecureSystem(tmp_path / "data", tmp_path).start()
    try:
        kept = own.client
        assert kept.request("GET", "/healthz").status == 200
        make_certificate(tmp_path, "second")
        # The certificate first: until its key is there, the one before is served.
        (tmp_path / "second.pem").rename(tmp_path / "first.pem.new")
        old = (tmp_path / "first.pem").read_text()
        (tmp_path / "first.pem.new").rename(tmp_path / "first.pem")
        eventually(lambda: own.metric("gateway", "ostraka_gateway_tls_files_unusable") == 1)
        assert "cannot be used, the certificate before stays" in own.log("gateway")
        with connect(own.port, ssl.create_default_context(cadata=old)):
            pass
        (tmp_path / "second.key").rename(tmp_path / "first.key")
        eventually(lambda: own.metric("gateway", "ostraka_gateway_tls_files_unusable") == 0)
        with connect(own.port, ssl.create_default_context(cafile=tmp_path / "first.pem")) as new:
            assert b"200 OK" in get(new, "/healthz")
        with pytest.raises(ssl.SSLError):
            connect(own.port, ssl.create_default_context(cadata=old))
        assert kept.request("GET", "/healthz").status == 200  # an open connection is left alone
    finally:
        assert own.stop() == 0


def test_files_that_do_not_belong_together_end_the_start(tmp_path):
    own = SecureSystem(tmp_path / "data", tmp_path)
    make_certificate(tmp_path, "other")
    (tmp_path / "other.key").rename(tmp_path / "first.key")
    own.start(wait=False)
    assert own.process.wait(60) == 1
    assert "first.key" in own.log("gateway")
    own.stop()
