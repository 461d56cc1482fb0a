"""What every peer has to keep, or its figures are of something else."""

import concurrent.futures
import http.client
import json
import secrets

import tokens


class Voter:
    """Asks the server under test, as somebody with that token."""

    def __init__(self, server, token):
        self.server = server
        self.token = token

    def votes(self, option="a", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=15)
        try:
            connection.request("POST", "/v1/elections/song/votes",
                               json.dumps({"ballot": {"song": [option]}}) if body is None else body,
                               {"Authorization": f"Bearer {self.token.decode()}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}").get("receipt")
        finally:
            connection.close()


def all_of(store, server, secret, counted):
    """By name, whether it is so."""
    found = {"as many rows as counted votes": store.rows() == counted}
    voter = secrets.token_hex(16)
    one = Voter(server, tokens.sign(secret, voter))
    status, receipt = one.votes()
    found["a first vote is counted"] = status == 201 and bool(receipt)
    found["the same ballot again has the same receipt"] = one.votes() == (200, receipt)
    found["another ballot is refused"] = one.votes("b")[0] == 409
    for what, token in {
        "a forged token is refused": tokens.sign(tokens.new_secret(), secrets.token_hex(16)),
        "a changed token is refused": other_voter(secret),
        "an expired token is refused": tokens.sign(secret, secrets.token_hex(16), valid_seconds=-60),
        "another election's token is refused": tokens.sign(secret, secrets.token_hex(16), election="dance"),
        "no token is refused": b"",
    }.items():
        found[what] = Voter(server, token).votes()[0] == 401
    found["of many ballots at once one is counted"] = one_of_many(server, tokens.sign(secret, secrets.token_hex(16)))
    fresh = Voter(server, tokens.sign(secret, secrets.token_hex(16)))
    found["an option that does not exist is refused"] = fresh.votes("z")[0] == 422
    found["what is no ballot is refused"] = fresh.votes(body="{}")[0] == 400
    found["only what was answered 201 was added"] = store.rows() == counted + 2
    found["durable before it is answered"] = store.is_durable()
    return found


def one_of_many(server, token):
    """One voter's, at the same time, for both options: whoever batches may have them in one batch."""
    asked = ["a", "b"] * 8
    with concurrent.futures.ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(Voter(server, token).votes, asked))
    counted = [option for option, (status, _) in zip(asked, answers) if status == 201]
    receipts = {receipt for status, receipt in answers if status != 409}
    others_are_told = all(status == (409 if option not in counted else 200)
                          for option, (status, _) in zip(asked, answers) if status != 201)
    return len(counted) == 1 and len(receipts) == 1 and others_are_told


def other_voter(secret):
    """One voter's signature under another's claims."""
    first, second = (tokens.sign(secret, secrets.token_hex(16)).rsplit(b".", 1) for _ in range(2))
    return first[0] + b"." + second[1]
