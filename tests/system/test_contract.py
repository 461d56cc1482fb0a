"""Every status and problem type of the HTTP interface, one by one."""

import base64
import concurrent.futures
import datetime
import json
import time

import pytest

from ostraka import Client, eventually, song_contest


def in_seconds(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- elections ----------------------------------------------------------------------------------------------------


def test_creating_answers_201_with_location_and_the_very_same_definition_again_200(system):
    definition = song_contest("created")
    first = system.admin("POST", "/v1/elections", definition)
    assert first.status == 201
    assert first.headers["Location"] == "/v1/elections/created"
    assert first.json["state"] == "draft"
    assert first.json["contests"][0]["max_choices"] == 1
    again = system.admin("POST", "/v1/elections", definition)
    assert (again.status, again.json["id"]) == (200, "created")
    other = system.admin("POST", "/v1/elections", definition | {"title": "Another"})
    assert (other.status, other.problem) == (409, "election-exists")


def test_an_id_is_made_from_the_title(system):
    definition = song_contest() | {"title": "The Best Song, 2027!"}
    del definition["id"]
    answer = system.admin("POST", "/v1/elections", definition)
    assert (answer.status, answer.json["id"]) == (201, "the-best-song-2027")


def test_every_mistake_of_a_definition_is_named_by_pointer(system):
    definition = song_contest("Wrong Id")
    definition["contests"][0]["method"] = "guess"
    definition["contests"][0]["options"] = []
    definition["surprise"] = 1
    answer = system.admin("POST", "/v1/elections", definition)
    assert (answer.status, answer.problem) == (422, "invalid-election")
    pointers = {mistake["pointer"] for mistake in answer.json["mistakes"]}
    assert {"/id", "/contests/0/method", "/contests/0/options", "/surprise"} <= pointers


def test_administration_needs_the_admin_token(system):
    for token in (None, "", "wrong", system.admin_token + "x", system.admin_token[:-1]):
        answer = system.request("POST", "/v1/elections", song_contest("never"), token=token)
        assert answer.status in (401, 403), (token, answer)
        assert answer.problem
    answer = system.request("POST", "/v1/elections", song_contest("never"))
    assert answer.status == 401 and "Bearer" in answer.headers["WWW-Authenticate"]
    assert system.request("GET", "/v1/elections/never").status == 404


def test_listing_shows_definitions_with_their_state(system):
    election = system.create(song_contest("listed"))
    listed = system.request("GET", "/v1/elections").json
    entries = listed if isinstance(listed, list) else listed["elections"]
    assert {"listed": "open"}.items() <= {entry["id"]: entry["state"] for entry in entries}.items()
    assert system.request("GET", f"/v1/elections/{election}").json["state"] == "open"
    assert system.request("GET", "/v1/elections/nowhere").problem == "unknown-election"


def test_the_life_cycle_and_its_refusals(system):
    election = system.create(song_contest("cycle"), state="draft")
    path = f"/v1/elections/{election}"
    assert (lambda a: (a.status, a.problem))(system.admin("POST", path + "/close")) == (409, "wrong-state")
    assert (lambda a: (a.status, a.problem))(system.admin("POST", path + "/certify")) == (409, "wrong-state")
    for _ in range(2):
        answer = system.admin("POST", path + "/open")
        assert (answer.status, answer.json["state"]) == (200, "open")
    assert system.admin("PATCH", path, {"title": "No more"}).problem == "wrong-state"
    assert system.admin("POST", path + "/certify").problem == "wrong-state"
    for _ in range(2):
        answer = system.admin("POST", path + "/close")
        assert (answer.status, answer.json["state"]) == (200, "closed")
    assert system.admin("POST", path + "/open").problem == "wrong-state"
    assert system.admin("PATCH", path, {"closes_at": in_seconds(60)}).problem == "wrong-state"
    for _ in range(2):
        answer = system.admin("POST", path + "/certify")
        assert (answer.status, answer.json["state"]) == (200, "certified")
    for act in ("open", "close", "certify"):
        assert system.admin("POST", f"/v1/elections/nowhere/{act}").problem == "unknown-election"
        assert system.request("POST", f"{path}/{act}").status == 401


def test_a_draft_is_edited_by_merge_patch_and_checked_again(system):
    election = system.create(song_contest("patched"), state="draft")
    path = f"/v1/elections/{election}"
    answer = system.admin("PATCH", path, {"title": "New title", "results": "after_close"})
    assert (answer.status, answer.json["title"], answer.json["results"]) == (200, "New title", "after_close")
    answer = system.admin("PATCH", path, {"contests": []})
    assert (answer.status, answer.problem) == (422, "invalid-election")
    assert system.request("PATCH", path, {"title": "x"}).status == 401
    assert system.admin("PATCH", "/v1/elections/nowhere", {"title": "x"}).problem == "unknown-election"


def test_an_election_opens_and_closes_by_itself_and_its_end_moves(system):
    system.create(song_contest("scheduled", opens_at=in_seconds(1), closes_at=in_seconds(60)), state="scheduled")
    path = "/v1/elections/scheduled"
    assert system.request("GET", path).json["state"] == "scheduled"
    eventually(lambda: system.request("GET", path).json["state"] == "open", 10)
    assert system.vote("scheduled", "early", {"song": ["a"]}).status == 201
    moved = system.admin("PATCH", path, {"closes_at": in_seconds(2)})
    assert moved.status == 200, moved
    eventually(lambda: system.request("GET", path).json["state"] == "closed", 10)
    late = system.vote("scheduled", "late", {"song": ["a"]})
    assert (late.status, late.problem) == (403, "election-not-open")
    final = system.results_when("scheduled", lambda r: r["final"])
    assert final["ballots"]["counted"] == 1


# -- ballot tokens --------------------------------------------------------------------------------------------------


def test_a_ballot_token_lives_ten_minutes_at_most(system):
    election = system.create(song_contest("tokens"))
    answer = system.request("POST", f"/v1/elections/{election}/ballot-tokens", token=system.sign_in("t"))
    assert answer.status == 201
    expires = datetime.datetime.fromisoformat(answer.json["expires_at"].replace("Z", "+00:00"))
    left = (expires - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    assert 0 < left <= 600


def test_ballot_tokens_are_refused_with_reasons(system):
    election = system.create(song_contest("token-refusals"))
    path = f"/v1/elections/{election}/ballot-tokens"
    for token in (None, "", "x", "a.b.c", system.sign_in("t")[:-2] + "AA"):
        answer = system.request("POST", path, token=token)
        assert (answer.status, answer.problem) == (401, "invalid-sign-in"), (token, answer)
    answer = system.request("POST", "/v1/elections/nowhere/ballot-tokens", token=system.sign_in("t"))
    assert (answer.status, answer.problem) == (404, "unknown-election")
    system.create(song_contest("mfa-only", eligibility={"require_mfa": True}))
    answer = system.request("POST", "/v1/elections/mfa-only/ballot-tokens", token=system.sign_in("t"))
    assert (answer.status, answer.problem) == (403, "not-eligible")
    system.create(song_contest("elsewhere", eligibility={"issuers": ["https://id.example"]}))
    answer = system.request("POST", "/v1/elections/elsewhere/ballot-tokens", token=system.sign_in("t"))
    assert (answer.status, answer.problem) == (403, "not-eligible")


def test_the_development_sign_in_wants_a_name(system):
    for body in ({}, {"name": ""}, {"name": 7}, {"name": "x" * 1000}, {"name": "a\nb"}, []):
        answer = system.request("POST", "/v1/development/sign-in", body)
        assert answer.status in (400, 422), (body, answer)
        assert answer.problem


def test_sign_in_lists_the_issuers_a_page_may_use(system):
    issuers = system.request("GET", "/v1/sign-in").json
    assert [issuer["kind"] for issuer in issuers] == ["development"]
    assert issuers[0]["issuer"] and "client_id" in issuers[0]


# -- votes ------------------------------------------------------------------------------------------------------------


def test_a_vote_counts_once_and_every_repeat_is_told_the_truth(system):
    election = system.create(song_contest("once"))
    first = system.vote(election, "v", {"song": ["a"]})
    assert first.status == 201
    receipt = first.json["receipt"]
    assert receipt["election"] == election
    assert set(receipt) >= {"election", "partition", "offset", "ballot_hash"}
    again = system.vote(election, "v", {"song": ["a"]})
    assert (again.status, again.json["receipt"]) == (200, receipt)
    other = system.vote(election, "v", {"song": ["b"]})
    assert (other.status, other.problem) == (409, "already-voted")
    assert "ballot_hash" not in other.json["receipt"]
    assert other.json["receipt"] == {k: v for k, v in receipt.items() if k != "ballot_hash"}
    nonsense = system.vote(election, "v", {"song": ["no such"]})
    assert nonsense.status == 409
    counted = system.results_when(election, lambda r: r["ballots"]["counted"] == 1)
    assert {o["id"]: o["votes"] for o in counted["contests"][0]["options"]} == {"a": 1, "b": 0}
    assert counted["development"] is True and counted["final"] is False


def test_the_ballot_hash_does_not_tell_two_voters_that_they_agree(system):
    election = system.create(song_contest("hashes"))
    one = system.vote(election, "one", {"song": ["a"]}).json["receipt"]["ballot_hash"]
    two = system.vote(election, "two", {"song": ["a"]}).json["receipt"]["ballot_hash"]
    assert one != two


def test_a_vote_before_open_is_refused_and_right_after_open_counts(system):
    election = system.create(song_contest("window"), state="draft")
    token = system.ballot_token(election, "v")
    refused = system.vote(election, "v", {"song": ["a"]}, token=token)
    assert (refused.status, refused.problem) == (403, "election-not-open")
    assert system.admin("POST", f"/v1/elections/{election}/open").status == 200
    assert system.vote(election, "v", {"song": ["a"]}, token=token).status == 201


def test_after_the_close_a_voter_still_learns_whether_the_vote_counts(system):
    election = system.create(song_contest("doubt"))
    receipt = system.vote(election, "voted", {"song": ["a"]}).json["receipt"]
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    again = system.vote(election, "voted", {"song": ["a"]})
    assert (again.status, again.json["receipt"]) == (200, receipt)
    assert system.vote(election, "voted", {"song": ["b"]}).status == 409
    never = system.vote(election, "never", {"song": ["a"]})
    assert (never.status, never.problem) == (403, "election-not-open")
    assert system.admin("POST", f"/v1/elections/{election}/certify").status == 200
    answer = system.request("POST", f"/v1/elections/{election}/ballot-tokens", token=system.sign_in("x"))
    assert answer.status == 409 and answer.problem == "wrong-state"


def test_votes_without_a_valid_ballot_token_are_refused(system):
    election = system.create(song_contest("forged"))
    other = system.create(song_contest("forged-other"))
    good = system.ballot_token(election, "v")
    header, claims, mac = good.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    decoded["sub"] = "00" * 16
    altered = base64.urlsafe_b64encode(json.dumps(decoded, separators=(",", ":")).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"ballot+jwt"}').decode().rstrip("=")
    for token in (None, "", "x", "a.b.c", good + "A", good + ".", good[:-1], f"{header}.{altered}.{mac}",
                  f"{none}.{claims}.", f"{none}.{claims}.{mac}", system.sign_in("v"),
                  system.ballot_token(other, "v"), system.admin_token):
        answer = system.request("POST", f"/v1/elections/{election}/votes", {"ballot": {"song": ["a"]}}, token=token)
        assert (answer.status, answer.problem) == (401, "invalid-ballot-token"), (token, answer)


def test_a_token_of_an_older_definition_is_refused(system):
    election = system.create(song_contest("revised"), state="draft")
    token = system.ballot_token(election, "v")
    assert system.admin("PATCH", f"/v1/elections/{election}", {"eligibility": {"unique_by": "claim"}}).status == 200
    assert system.admin("POST", f"/v1/elections/{election}/open").status == 200
    refused = system.vote(election, "v", {"song": ["a"]}, token=token)
    assert (refused.status, refused.problem) == (401, "invalid-ballot-token")
    assert system.vote(election, "v", {"song": ["a"]}).status == 201


@pytest.mark.parametrize("ballot, pointer", [
    ({}, "/ballot/song"),
    ({"song": []}, "/ballot/song"),
    ({"song": ["a", "b"]}, "/ballot/song"),
    ({"song": ["c"]}, "/ballot/song/0"),
    ({"song": "a"}, "/ballot/song"),
    ({"song": [1]}, "/ballot/song/0"),
    ({"song": ["a"], "dance": ["a"]}, "/ballot/dance"),
])
def test_an_invalid_ballot_is_explained_by_pointer(system, ballot, pointer):
    if "explained" not in {e["id"] for e in system.request("GET", "/v1/elections").json}:
        system.create(song_contest("explained"))
    answer = system.vote("explained", "v", ballot)
    assert (answer.status, answer.problem) == (422, "invalid-ballot")
    assert pointer in {mistake["pointer"] for mistake in answer.json["mistakes"]}, answer


@pytest.mark.parametrize("body, statuses", [
    (b"", {400}), (b"{", {400}), (b"[]", {400, 422}), (b"null", {400, 422}), (b'{"ballot":1}', {400, 422}),
    (b'{"ballot":{"song":["a"]}', {400}), (b'{"ballot":{"song":["a"]}} x', {400}),
    (b'{"ballot":{"song":["a"]},"ballot":{"song":["b"]}}', {400, 422}),
    (b'{"ballot":{"song":["a"],"song":["b"]}}', {400, 422}),
    (b'{"ballot":{"song":["\xff"]}}', {400}), (b'{"ballot":{"song":["\\ud800"]}}', {400, 422}),
    (b"[" * 10000, {400}), (b'{"ballot":' * 1000 + b"1" + b"}" * 1000, {400, 422}),
    (b'{"ballot":{"song":["a"]},"extra":1}', {400, 422}),
], ids=lambda value: repr(value)[:40] if isinstance(value, bytes) else "")
def test_a_malformed_body_is_refused(system, body, statuses):
    if "malformed" not in {e["id"] for e in system.request("GET", "/v1/elections").json}:
        system.create(song_contest("malformed"))
    answer = system.request("POST", "/v1/elections/malformed/votes", body, token=system.ballot_token("malformed", "v"))
    assert answer.status in statuses and answer.problem, answer


def test_a_vote_too_large_or_of_another_media_type_is_refused(system):
    election = system.create(song_contest("shape"))
    path = f"/v1/elections/{election}/votes"
    token = system.ballot_token(election, "v")
    answer = system.request("POST", path, b'{"ballot":{"song":["a"]}}' + b" " * 17_000, token=token)
    assert (answer.status, answer.problem) == (413, "body-too-large")
    answer = Client(system.port).request("POST", "/v1/elections", b" " * 70_000, token=system.admin_token)
    assert (answer.status, answer.problem) == (413, "body-too-large")
    answer = system.request("POST", path, b"ballot=a", token=token, headers={"Content-Type": "text/plain"})
    assert (answer.status, answer.problem) == (415, "unsupported-media-type")
    answer = system.request("POST", "/v1/elections/nowhere/votes", {"ballot": {}}, token=token)
    assert answer.status in (401, 404)
    assert system.vote(election, "v", {"song": ["a"]}, token=token).status == 201


def test_a_vote_for_an_unknown_election_is_404(system):
    election = system.create(song_contest("known"))
    answer = system.request("POST", "/v1/elections/unknown-one/votes", {"ballot": {"song": ["a"]}},
                            token=system.ballot_token(election, "v"))
    assert (answer.status, answer.problem) == (404, "unknown-election")


def test_64_connections_racing_for_one_voter_get_one_201(system):
    election = system.create(song_contest("race"))
    for round_ in range(5):
        token = system.ballot_token(election, f"v{round_}")

        def cast(i, token=token):
            client = Client(system.port)
            try:
                return client.request("POST", f"/v1/elections/{election}/votes",
                                      {"ballot": {"song": ["ab"[i % 2]]}}, token=token)
            finally:
                client.close()

        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(cast, range(64)))
        statuses = [answer.status for answer in answers]
        assert statuses.count(201) == 1, statuses
        assert set(statuses) <= {201, 200, 409}
        assert statuses.count(200) == 31 and statuses.count(409) == 32
        assert len({answer.json["receipt"]["offset"] for answer in answers}) == 1
    system.results_when(election, lambda r: r["ballots"]["counted"] == 5)


# -- results ------------------------------------------------------------------------------------------------------------


def test_results_carry_an_etag_and_are_not_sent_again(system):
    election = system.create(song_contest("etag"))
    system.vote(election, "v", {"song": ["a"]})
    system.results_when(election, lambda r: r["ballots"]["counted"] == 1)
    answer = system.request("GET", f"/v1/elections/{election}/results")
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    again = system.request("GET", f"/v1/elections/{election}/results", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert system.request("GET", "/v1/elections/nowhere/results").problem == "unknown-election"


def test_results_after_close_are_hidden_until_then(system):
    election = system.create(song_contest("hidden", results="after_close"))
    system.vote(election, "v", {"song": ["a"]})
    for path in ("results", "results/stream"):
        answer = system.request("GET", f"/v1/elections/{election}/{path}")
        assert (answer.status, answer.problem) == (403, "results-hidden")
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    final = eventually(lambda: (lambda a: a.status == 200 and a.json["final"] and a.json)(
        system.request("GET", f"/v1/elections/{election}/results")))
    assert final["ballots"] | {"counted": 1} == final["ballots"]


def test_the_stream_sends_results_at_once_and_then_on_change(system):
    election = system.create(song_contest("streamed"))
    client = Client(system.port)
    client.request("GET", "/healthz")
    client.connection.request("GET", f"/v1/elections/{election}/results/stream")
    answer = client.connection.getresponse()
    assert answer.headers["Content-Type"].startswith("text/event-stream")

    def next_document():
        event = None
        while True:
            line = answer.readline().decode().rstrip("\r\n")
            if line.startswith("event:"):
                event = line[6:].strip()
            if line.startswith("data:") and event == "results":
                return json.loads(line[5:])

    assert next_document()["ballots"]["counted"] == 0
    sent = time.monotonic()
    assert system.vote(election, "v", {"song": ["b"]}).status == 201
    document = next_document()
    while document["ballots"]["counted"] == 0:
        document = next_document()
    assert time.monotonic() - sent < 1.5
    assert document["contests"][0]["winners"] == ["b"]
    client.close()


# -- everything else ------------------------------------------------------------------------------------------------------


def test_unknown_paths_and_methods(system):
    assert system.request("GET", "/nowhere").status == 404
    answer = system.request("DELETE", "/v1/elections")
    assert answer.status == 405 and "GET" in answer.headers["Allow"]
    answer = system.request("GET", "/v1/elections/x/votes")
    assert answer.status == 405 and "POST" in answer.headers["Allow"]


def test_security_headers_are_on_every_answer(system):
    for path in ("/", "/v1/elections", "/nowhere", "/healthz"):
        answer = system.request("GET", path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert "Content-Security-Policy" in answer.headers, path


def test_the_openapi_document_is_served(system):
    answer = system.request("GET", "/openapi.yaml")
    assert answer.status == 200 and answer.body.startswith(b"openapi: 3.1")


@pytest.mark.parametrize("service", ["gateway", "identity", "elections", "ballotbox", "tally"])
def test_every_service_answers_on_its_management_port(system, service):
    assert system.management(service, "/healthz").status == 200
    assert system.management(service, "/readyz").status == 200
    metrics = system.management(service, "/metrics")
    assert metrics.status == 200 and b"# TYPE ostraka_" in metrics.body


def test_logs_hold_no_tokens_and_no_voter_keys(system):
    election = system.create(song_contest("private"))
    token = system.ballot_token(election, "v")
    id_token = system.sign_in("v")
    assert system.vote(election, "v", {"song": ["a"]}, token=token).status == 201
    claims = token.split(".")[1]
    voter_key = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
    for service in ("gateway", "identity", "elections", "ballotbox", "tally"):
        text = system.log(service)
        for secret in (token, token.split(".")[2], id_token, voter_key, system.admin_token):
            assert secret not in text, service
