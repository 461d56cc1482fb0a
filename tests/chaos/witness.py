"""Voters who sign in, vote, ask again and try to change their mind while everything around them breaks, and who
remember what they were told. `ostraka load` brings the votes; these bring the questions, and keep identity busy."""

import base64
import http.client
import json
import random
import threading
import time

from ostraka import Client

OPTIONS = ("a", "b", "c")
PATIENCE_SECONDS = 90  # with one question, over all that is broken meanwhile
PAUSE_SECONDS = 0.02  # before the same is asked again


def voter_key(token):
    """In hex, as in the lists of voters."""
    claims = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]


class Witness(threading.Thread):
    """One voter after the other, until `stop` is set or the election has closed. Join it when the system serves."""

    def __init__(self, port, election, number):
        super().__init__(daemon=True)
        self.client = Client(port, timeout=8)
        self.election, self.number = election, number
        self.stop = threading.Event()
        self.random = random.Random(number)
        self.answered = {}  # voter key -> (option, partition, offset)
        self.refused = set()  # voter keys: the election is not open, and no ballot of theirs counts
        self.lies = []

    def run(self):
        voters = 0
        try:
            while not self.stop.is_set() and not self.refused:
                voters += 1
                self.be_a_voter(f"{self.election}-witness-{self.number}-{voters}")
        except Exception as error:  # a mistake of the test's own must not pass unseen
            self.lies.append(f"witness {self.number}: {type(error).__name__}: {error}")
        finally:
            self.client.close()

    def be_a_voter(self, name):
        self.token = self.fetch_token(name)
        voter = voter_key(self.token)
        option, other = self.random.sample(OPTIONS, 2)
        first = self.cast(name, option)
        if first.status == 403:
            self.refused.add(voter)
            return
        self.expect(first, (200, 201), "first", voter)
        receipt = first.json["receipt"]
        self.answered[voter] = (option, receipt["partition"], receipt["offset"])
        if self.random.random() < 0.3:
            again = self.cast(name, option)
            self.expect(again, (200,), "again", voter)
            assert again.json["receipt"] == receipt, ("another receipt", again.json)
        if self.random.random() < 0.3:
            changed = self.cast(name, other)
            self.expect(changed, (409,), "another choice", voter)
            assert changed.json["receipt"]["offset"] == receipt["offset"], changed.json

    def expect(self, answer, statuses, what, voter):
        assert answer.status in statuses, f"{what}: voter {voter[:6]} is answered {answer.status} {answer.body[:200]!r}"

    def fetch_token(self, name):
        while True:
            signed_in = self.ask("/v1/development/sign-in", {"name": name})
            issued = self.ask(f"/v1/elections/{self.election}/ballot-tokens", token=signed_in.json["id_token"])
            if issued.status == 201:
                return issued.json["ballot_token"]
            # The clocks of those who sign and those who check may be hours apart.
            assert issued.status == 401, issued

    def cast(self, name, option):
        while True:
            answer = self.ask(f"/v1/elections/{self.election}/votes", {"ballot": {"one": [option]}}, self.token)
            if answer.status != 401:
                return answer
            self.token = self.fetch_token(name)

    def ask(self, path, body=None, token=None):
        """The first answer that says something: asking again is always safe."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < patience:
            try:
                answer = self.client.request("POST", path, body, token=token)
                # http.client takes a head that was cut for a whole one, and no length for an answer without end.
                is_whole = answer.headers.get("Content-Length") == str(len(answer.body))
                if is_whole and answer.status not in (429, 503):
                    return answer
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"nobody answered {path} for {PATIENCE_SECONDS} s")
