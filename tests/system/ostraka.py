"""A whole Ostraka on this machine, driven from outside as an operator and a voter would."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("OSTRAKA_BIN", SOURCE / "build/release/bin"))
SHARED = pathlib.Path(os.environ.get("OSTRAKA_SHARED", SOURCE.parent / "shared"))
SERVICES = ("gateway", "identity", "elections", "ballotbox", "tally")
READY_SECONDS = 30
PARTITIONS = 4  # more than a small machine begins with: what could mix them up shall


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The problem's name; fails when this is not problem+json as RFC 9457 has it."""
        assert self.headers.get("Content-Type") == "application/problem+json", (self.status, self.body)
        document = self.json
        assert document["status"] == self.status and document["title"], document
        assert document["type"].startswith("/problems/"), document
        return document["type"].removeprefix("/problems/")

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Client:
    """One kept connection."""

    def __init__(self, port, timeout=15):
        self.port = port
        self.timeout = timeout
        self.connection = None

    def request(self, method, path, body=None, token=None, headers=None):
        fields = dict(headers or {})
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            fields.setdefault("Content-Type", "application/json")
        kept = self.connection is not None
        try:
            return self.exchange(method, path, body, fields)
        except ConnectionError:
            # The server may close a kept connection that was idle for long; any call is safe to send again.
            if not kept:
                raise
            return self.exchange(method, path, body, fields)

    def exchange(self, method, path, body, fields):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self.connection.request(method, path, body=body, headers=fields)
            answer = self.connection.getresponse()
            response = Response(answer.status, answer.headers, answer.read())
        except Exception:
            self.close()
            raise
        if answer.will_close:
            self.close()
        return response

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class System:
    def __init__(self, directory, flags=(), environment=None, partitions=PARTITIONS, binaries=BIN):
        self.directory = pathlib.Path(directory)
        self.binaries = pathlib.Path(binaries)  # of `up` and the services that it starts
        self.flags = list(flags) + (["--partitions", str(partitions)] if partitions else [])
        self.environment = dict(environment or {})  # beside the test's own; `up` keeps OSTRAKA_… from its services
        self.process = None
        self.port = None
        self.client = None
        self.stderr = None
        self.stderr_file = self.directory.with_name(self.directory.name + ".up.stderr")

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self, port=0, wait=True):
        self.stderr_file.parent.mkdir(parents=True, exist_ok=True)
        self.stderr = open(self.stderr_file, "ab")
        self.process = subprocess.Popen(
            [self.binaries / "ostraka", "up", "--data", self.directory, "--listen", f"127.0.0.1:{port}", *self.flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.stderr, text=True,
            env=os.environ | self.environment)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        line = self.process.stdout.readline()
        assert line.startswith("ready http://"), (line, self.process.poll(), self.stderr_tail())
        self.port = int(line.strip().rsplit(":", 1)[1].strip("/"))
        self.client = Client(self.port)

    def stderr_tail(self):
        return pathlib.Path(self.stderr.name).read_text()[-2000:]

    def stop(self, how=signal.SIGTERM, timeout=40):
        if self.client is not None:
            self.client.close()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
        if self.process is not None:
            self.process.wait(timeout)
            self.process.stdout.close()
            self.stderr.close()
        process, self.process = self.process, None
        return process.returncode if process else None

    def pids(self):
        return json.loads((self.directory / "pids.json").read_text())

    def kill(self, service, how=signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pids()[service], how)

    def log(self, service):
        return (self.directory / "logs" / f"{service}.log").read_text(errors="replace")

    def management(self, service, path):
        """GET on a service's management port."""
        host, port = (self.directory / "run" / f"{service}.management").read_text().strip().rsplit(":", 1)
        client = Client(int(port))
        try:
            return client.request("GET", path)
        finally:
            client.close()

    def metric(self, service, name):
        """The sum of a metric's samples over all labels; None when there is none."""
        total = None
        for line in self.management(service, "/metrics").body.decode().splitlines():
            if line.startswith(name) and line[len(name)] in " {":
                total = (total or 0.0) + float(line.rsplit(" ", 1)[1])
        return total

    # -- command line ---------------------------------------------------------------------------------------------

    @property
    def server(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_token_file(self):
        return self.directory / "admin.token"

    def cli(self, *arguments, check=True, timeout=300, server=True):
        environment = dict(os.environ)
        if server:
            environment |= {"OSTRAKA_SERVER": self.server, "OSTRAKA_ADMIN_TOKEN_FILE": str(self.admin_token_file)}
        done = subprocess.run([BIN / "ostraka", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, env=environment)
        if check:
            assert done.returncode == 0, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done

    def recount(self, election, *flags, check=True):
        done = self.cli("recount", election, "--data", self.directory, "--json", *flags, check=check, server=False)
        return json.loads(done.stdout)

    def fsck(self, check=True):
        return self.cli("fsck", "--data", self.directory, "--json", check=check, server=False)

    # -- HTTP -----------------------------------------------------------------------------------------------------

    def request(self, method, path, body=None, token=None, headers=None):
        return self.client.request(method, path, body, token, headers)

    @property
    def admin_token(self):
        return self.admin_token_file.read_text().strip()

    def admin(self, method, path, body=None):
        return self.request(method, path, body, token=self.admin_token)

    def create(self, definition, state="open"):
        answer = self.admin("POST", "/v1/elections", definition)
        assert answer.status == 201, answer
        election = answer.json["id"]
        if state == "open":
            assert self.admin("POST", f"/v1/elections/{election}/open").status == 200
        return election

    def sign_in(self, name):
        answer = self.request("POST", "/v1/development/sign-in", {"name": name})
        assert answer.status == 200, answer
        return answer.json["id_token"]

    def ballot_token(self, election, name):
        answer = self.request("POST", f"/v1/elections/{election}/ballot-tokens", token=self.sign_in(name))
        assert answer.status == 201, answer
        return answer.json["ballot_token"]

    def vote(self, election, name, ballot, token=None):
        token = token or self.ballot_token(election, name)
        return self.request("POST", f"/v1/elections/{election}/votes", {"ballot": ballot}, token=token)

    def results(self, election):
        answer = self.request("GET", f"/v1/elections/{election}/results")
        assert answer.status == 200, answer
        return answer.json

    def results_when(self, election, condition, seconds=30):
        """The first result document that fulfils the condition."""
        return eventually(lambda: (lambda r: r if condition(r) else None)(self.results(election)), seconds)


def eventually(attempt, seconds=30):
    """The first true value of attempt() within the time; connection errors are tried again."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            last = attempt()
            if last:
                return last
        except (OSError, http.client.HTTPException, AssertionError) as error:
            last = error
        assert time.monotonic() < deadline, f"not within {seconds} s; last: {last!r}"
        time.sleep(0.05)


def song_contest(election="song", **members):
    return {"id": election, "title": "Best song",
            "contests": [{"id": "song", "title": "Which song?", "method": "single",
                          "options": [{"id": "a", "title": "Song A"}, {"id": "b", "title": "Song B"}]}], **members}
