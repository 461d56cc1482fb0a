"""What `ostraka up` promises to the operator."""

import http.client
import signal
import stat
import subprocess
import threading

from ostraka import BIN, SERVICES, Client, System, eventually, song_contest


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_files_that_up_writes(fresh):
    fresh.start()
    assert set(fresh.pids()) == set(SERVICES)
    assert all(alive(pid) for pid in fresh.pids().values())
    assert stat.S_IMODE(fresh.admin_token_file.stat().st_mode) == 0o600
    for path in (fresh.directory / "keys").rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_service_that_dies_is_restarted_and_the_death_is_seen(fresh):
    fresh.start()
    for service in SERVICES:
        before = fresh.pids()[service]
        fresh.kill(service)
        eventually(lambda: fresh.pids().get(service) not in (None, before))
    metrics = fresh.management("up", "/metrics").body.decode()
    for service in SERVICES:
        assert f'ostraka_service_restarts_total{{service="{service}"}} 1' in metrics, metrics
    election = eventually(lambda: fresh.create(song_contest()))
    assert eventually(lambda: fresh.vote(election, "v", {"song": ["a"]})).status in (200, 201)


def test_services_end_when_up_is_killed_and_a_new_up_goes_on(fresh):
    fresh.start()
    election = fresh.create(song_contest())
    receipt = fresh.vote(election, "v", {"song": ["a"]}).json["receipt"]
    pids = fresh.pids()
    fresh.stop(signal.SIGKILL)
    fresh.start()
    assert not any(alive(pid) for pid in pids.values())
    again = fresh.vote(election, "v", {"song": ["a"]})
    assert (again.status, again.json["receipt"]) == (200, receipt)
    fresh.results_when(election, lambda r: r["ballots"]["counted"] == 1)


def test_a_second_up_on_the_same_directory_is_refused(fresh):
    fresh.start()
    second = subprocess.run([BIN / "ostraka", "up", "--data", fresh.directory, "--listen", "127.0.0.1:0"],
                            capture_output=True, text=True, timeout=30)
    assert second.returncode == 1 and "another `ostraka up` is running" in second.stderr
    assert fresh.request("GET", "/readyz").status == 200


def test_sigterm_stops_everything_in_order_and_answers_what_was_accepted(fresh):
    """Votes are in flight when SIGTERM comes: each is answered, or its connection was closed before the gateway took it;
    and what was answered 201 is in the recount."""
    fresh.start()
    election = fresh.create(song_contest())
    tokens = [fresh.ballot_token(election, f"v{i}") for i in range(300)]
    pids = fresh.pids()
    answers = []

    def cast(batch):
        client = Client(fresh.port)
        for token in batch:
            try:
                answers.append(client.request("POST", f"/v1/elections/{election}/votes", {"ballot": {"song": ["a"]}},
                                              token=token).status)
            except (OSError, http.client.HTTPException):
                return  # closed: drained between two requests, or not accepted any more
        client.close()

    threads = [threading.Thread(target=cast, args=(tokens[i::20],)) for i in range(20)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answers) >= 20)
    assert fresh.stop() == 0
    for thread in threads:
        thread.join()
    assert set(answers) <= {201}, "an accepted vote was not answered well"
    assert not any(alive(pid) for pid in pids.values())
    counted = fresh.recount(election, check=False)["voters"]
    # A vote whose connection broke may be counted, but one that was answered must be.
    assert len(answers) <= counted <= len(answers) + 20
    assert fresh.fsck().returncode == 0


def test_stdout_holds_the_ready_line_and_nothing_else(fresh):
    fresh.start()
    fresh.process.send_signal(signal.SIGINT)
    assert fresh.process.stdout.read() == ""
    assert fresh.process.wait(40) == 0


def test_development_sign_in_is_refused_beyond_loopback(tmp_path):
    up = subprocess.Popen([BIN / "ostraka", "up", "--data", tmp_path / "data", "--listen", "0.0.0.0:0"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        port = int(up.stdout.readline().strip().rsplit(":", 1)[1].strip("/"))
        system = System(tmp_path / "data")
        system.port = port
        system.client = Client(port)
        assert system.request("POST", "/v1/development/sign-in", {"name": "x"}).status == 404
        assert system.request("GET", "/v1/sign-in").json == []
        system.client.close()
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(40)
        up.stdout.close()


def test_usage_errors_exit_2_and_version_and_help_exit_0(tmp_path):
    def code(*arguments):
        return subprocess.run([BIN / "ostraka", *arguments], capture_output=True, timeout=30).returncode

    assert code("--version") == 0
    for command in ((), ("up",), ("election",), ("election", "create"), ("cast",), ("recount",), ("fsck",), ("backup",),
                    ("restore",)):
        assert code(*command, "--help") == 0, command
    assert code("no-such-command") == 2
    assert code("up", "--no-such-flag") == 2
    assert code("recount") == 2
    assert code("fsck", "--data", str(tmp_path / "nowhere")) == 1
