"""Services die while ballots stream in. Afterwards every answered vote is counted, once."""

import base64
import json
import random
import threading
import time

import pytest

from ostraka import SERVICES, Client, eventually, song_contest

VOTERS_AT_ONCE = 12
KILLS_EACH = 5
KILLS_IN_ALL = 30


class Voters(threading.Thread):
    """One voter after the other over one connection. Each asks until it is told; most ask again, some change their mind."""

    def __init__(self, system, election, number, stop):
        super().__init__()
        self.system, self.election, self.number, self.stop = system, election, number, stop
        self.random = random.Random(number)
        self.answered = {}  # voter key -> (option, offset)
        self.lies = []

    def until_told(self, client, path, body, token):
        while True:
            try:
                answer = client.request("POST", path, body, token=token)
                if answer.status not in (429, 503):
                    return answer
            except Exception:  # whatever broke: asking again is safe
                pass
            time.sleep(0.02)

    def client(self):
        return Client(self.system.port, timeout=8)

    def run(self):
        client = self.client()
        n = 0
        while not self.stop.is_set():
            n += 1
            try:
                self.one_voter(client, f"voter-{self.number}-{n}")
            except Exception as error:  # a lie of the test's own making must not pass unseen
                self.lies.append(f"{type(error).__name__}: {error}")
                return
        client.close()

    def one_voter(self, client, name):
        id_token = self.until_told(client, "/v1/development/sign-in", {"name": name}, None).json["id_token"]
        token_path = f"/v1/elections/{self.election}/ballot-tokens"
        token = self.until_told(client, token_path, None, id_token).json["ballot_token"]
        option = self.random.choice("ab")
        first = self.cast(client, token, option)
        voter = voter_key(token)
        if first.status not in (200, 201):
            self.lies.append(f"{name}: {first}")
            return
        receipt = first.json["receipt"]
        self.answered[voter] = (option, receipt["partition"], receipt["offset"])
        if self.random.random() < 0.3:
            again = self.cast(client, token, option)
            if again.status != 200 or again.json["receipt"] != receipt:
                self.lies.append(f"{name} again: {again}")
        if self.random.random() < 0.3:
            other = self.cast(client, token, "b" if option == "a" else "a")
            if other.status != 409 or other.json["receipt"]["offset"] != receipt["offset"]:
                self.lies.append(f"{name} otherwise: {other}")

    def cast(self, client, token, option):
        path = f"/v1/elections/{self.election}/votes"
        return self.until_told(client, path, {"ballot": {"song": [option]}}, token)


def voter_key(token):
    claims = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]


def check_everything(system, election, voters, tmp_path):
    lies = [lie for voter in voters for lie in voter.lies]
    assert not lies, lies[:5]
    answered = {key: vote for voter in voters for key, vote in voter.answered.items()}
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    final = system.results_when(election, lambda r: r["final"], 60)
    recount = system.recount(election, "--voters", tmp_path / "voters.txt")
    counted = (tmp_path / "voters.txt").read_text().split()
    assert len(counted) == len(set(counted)) == recount["voters"] == final["ballots"]["counted"]
    assert set(answered) <= set(counted), "an answered vote is lost"
    # Every voter thread asked until it was told, so nothing else can have been counted.
    assert set(answered) == set(counted)
    votes = {option["id"]: option["votes"] for option in final["contests"][0]["options"]}
    for option in "ab":
        assert votes[option] == sum(1 for vote in answered.values() if vote[0] == option)
    for part in ("covers", "contests"):
        assert recount[part] == final[part]
    assert system.fsck().returncode == 0
    return answered


@pytest.fixture
def streaming(fresh, tmp_path):
    fresh.start()
    election = fresh.create(song_contest())
    stop = threading.Event()
    voters = [Voters(fresh, election, number, stop) for number in range(VOTERS_AT_ONCE)]
    for voter in voters:
        voter.start()
    yield fresh, election, voters
    stop.set()
    for voter in voters:
        voter.join()


def finish(streaming, tmp_path):
    system, election, voters = streaming
    before = sum(len(v.answered) for v in voters)
    eventually(lambda: sum(len(v.answered) for v in voters) > before + VOTERS_AT_ONCE, 60)
    voters[0].stop.set()
    for voter in voters:
        voter.join()
    return check_everything(system, election, voters, tmp_path)


def progressed(voters, by):
    """A condition: `by` more voters were answered since now."""
    start = sum(len(v.answered) for v in voters)
    return lambda: sum(len(v.answered) for v in voters) >= start + by


def kill_and_wait_for_its_successor(system, service):
    before = system.pids()[service]
    system.kill(service)
    eventually(lambda: system.pids().get(service) not in (None, before), 30)


def test_kills_of_each_service_in_turn_and_at_random_lose_nothing_and_count_nothing_twice(streaming, tmp_path):
    system, election, voters = streaming
    generator = random.Random(20)
    order = [service for service in SERVICES for _ in range(KILLS_EACH)]
    order += generator.choices(SERVICES, k=KILLS_IN_ALL - len(order))
    eventually(progressed(voters, 20), 60)
    for service in order:
        moved = progressed(voters, generator.randint(1, 25))
        kill_and_wait_for_its_successor(system, service)
        eventually(moved, 60)
    assert len(finish(streaming, tmp_path)) > KILLS_IN_ALL
    restarts = system.management("up", "/metrics").body.decode()
    assert "ostraka_service_restarts_total" in restarts


def test_a_kill_of_everything_at_once_and_of_up_itself(streaming, tmp_path):
    system, election, voters = streaming
    eventually(progressed(voters, 50), 60)
    port = system.port
    for service in SERVICES:
        system.kill(service)
    eventually(progressed(voters, 50), 60)
    pids = system.pids()
    system.process.kill()
    system.process.wait()
    system.process.stdout.close()
    system.stderr.close()
    system.start(port=port)  # waits for what is still dying
    assert not set(system.pids().values()) & set(pids.values())
    finish(streaming, tmp_path)


def test_results_never_go_back_over_restarts_of_the_tally_and_the_gateway(fresh):
    system = fresh.start()
    election = system.create(song_contest())
    for i in range(40):
        assert system.vote(election, f"v{i}", {"song": ["a"]}).status == 201
    shown = system.results_when(election, lambda r: r["ballots"]["counted"] == 40)["covers"]
    for services in (("tally",), ("gateway",), ("tally", "gateway"), ("tally", "gateway")):
        before = system.pids()
        for service in services:
            system.kill(service)
        eventually(lambda: all(system.pids().get(service) not in (None, before[service]) for service in services))

        def seen():
            answer = system.request("GET", f"/v1/elections/{election}/results")
            return answer.status == 200 and answer.json

        for _ in range(20):  # the very first document that is shown, and those after it
            covers = eventually(seen)["covers"]
            assert all(covers.get(partition, 0) >= offset for partition, offset in shown.items()), (services, covers)


def test_a_vote_in_doubt_at_the_close_is_asked_again_after_it(fresh):
    """The ballot box dies with votes on their way; the election closes; each voter then learns the truth."""
    system = fresh.start()
    election = system.create(song_contest())
    tokens = [system.ballot_token(election, f"v{i}") for i in range(200)]
    told = [None] * len(tokens)

    def cast(i):
        client = Client(system.port, timeout=10)
        try:
            told[i] = client.request("POST", f"/v1/elections/{election}/votes", {"ballot": {"song": ["a"]}},
                                     token=tokens[i]).status
        except Exception:
            told[i] = "unknown"
        finally:
            client.close()

    threads = [threading.Thread(target=cast, args=(i,)) for i in range(len(tokens))]
    for thread in threads:
        thread.start()
    system.kill("ballotbox")
    assert eventually(lambda: system.admin("POST", f"/v1/elections/{election}/close").status == 200)
    for thread in threads:
        thread.join()
    final = system.results_when(election, lambda r: r["final"])
    truth = [eventually(lambda t=t: (lambda a: a.status != 503 and a)(
        system.vote(election, "", {"song": ["a"]}, token=t))).status for t in tokens]
    assert set(truth) <= {200, 403}
    assert truth.count(200) == final["ballots"]["counted"]
    for before, after in zip(told, truth):
        assert (before in (200, 201)) <= (after == 200), (before, after)
        assert (before == 403) <= (after == 403), (before, after)
