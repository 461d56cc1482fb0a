"""Signing in: a whole Ostraka against real OpenID Connect providers, from the code to the vote, without a browser."""

import base64
import concurrent.futures
import json
import signal
import time
import urllib.parse

import pytest

import identity_provider
from identity_provider import MFA_ACR, Person, Provider, claims_of, header_of, redirect_path, with_header
from ostraka import SERVICES, Client, System, eventually, song_contest

if not identity_provider.IS_INSTALLED:
    pytest.skip("no identity provider: scripts/install --tests fetches it", allow_module_level=True)

MEMBER = "https://claims.example/member"
SECRET = "of:this+client %2F&~"  # characters that a Basic header and a form want percent-encoded
WRONG_SECRET = "not-the-secret-that-was-registered"
FETCH_INTERVAL = 10  # seconds; fetches for unknown keys are at least as far apart
KEYS_SECONDS = FETCH_INTERVAL + 2
SCOPE = "openid email phone membership"


def claims(number, **changed):
    return {"email": f"Voter-{number}@Accounts.Example.test", "email_verified": True,
            "phone_number": f"+44 20 7946 0{number:03}", "phone_number_verified": True,
            MEMBER: f"membership-number-{number:06}"} | changed


ACCOUNTS = {
    "subject-one": claims(1),
    "subject-two": claims(2),
    # The same address and number as those of subject-one, in other spellings.
    "subject-one-again": claims(3, email="vOTER-1@accounts.example.TEST", phone_number="+44-(20)-7946.0001",
                                **{MEMBER: "membership-number-000001"}),
    # As large as tokens become where a provider adds 200 groups.
    "subject-in-groups": claims(5, **{MEMBER: " ".join(f"{number:036}" for number in range(200))}),
    "subject-unverified": claims(4, email_verified=False, phone_number_verified=False),
}

PROVIDERS = {  # name: (of the provider, of its table in the issuers file)
    "rs256": ({}, {"scope": SCOPE}),
    "ps256": ({"path": "/", "alg": "PS256", "secret": SECRET}, {"scope": SCOPE}),
    "es256": ({"path": "/realm/", "alg": "ES256", "secret": SECRET, "auth_method": "client_secret_post",
               "access_tokens": "jwt"}, {"scope": SCOPE}),
    "eddsa": ({"path": "/realm", "alg": "EdDSA", "access_tokens": "cognito", "says_mfa_by": "amr"}, {}),
    "acr": ({"alg": "ES256", "says_mfa_by": "acr"}, {"mfa_acr_values": [MFA_ACR]}),
    "aged": ({"alg": "ES256", "always_auth_time": True}, {"max_age_seconds": 3600}),
    "timeless": ({"alg": "ES256"}, {"max_age_seconds": 3600}),
    "wrong-secret": ({"alg": "ES256", "secret": SECRET}, {}),
    "secret-later": ({"alg": "ES256", "secret": SECRET}, {}),
    "fixed": ({"alg": "EdDSA"}, {"jwks_file": "fixed.jwks.json"}),
    "rotating": ({"alg": "ES256"}, {}),
    "away": ({"alg": "ES256"}, {}),
    "silent": ({"alg": "ES256", "says_iss": False}, {}),
}


class Token(str):
    """One that a failing assertion does not print."""

    def __repr__(self):
        return "a token"


class World:
    """Ostraka, the providers it believes, and everything that it must not tell anybody."""

    def __init__(self, directory):
        self.directory = directory
        self.issuers_file = directory / "issuers.toml"
        self.providers = {name: Provider(directory, name, ACCOUNTS, **options).start()
                          for name, (options, _) in PROVIDERS.items()}
        self.private = {SECRET, WRONG_SECRET, *ACCOUNTS}
        for account in ACCOUNTS.values():
            self.private |= {value for value in account.values() if isinstance(value, str)}
        self.secrets = {"wrong-secret": WRONG_SECRET}  # in place of the right ones
        self.without_secret = ("secret-later",)  # in the issuers file
        self.system = System(directory / "data", flags=["--issuers", self.issuers_file])

    def start(self):
        self.fix_keys()
        self.write_issuers_file()
        self.providers["away"].outage("refuse")
        self.system.start()
        for name in PROVIDERS:
            self.providers[name].register(self.callback(name))
        return self

    def stop(self):
        try:
            assert self.system.stop() == 0
        finally:
            for provider in self.providers.values():
                provider.stop()

    def __getitem__(self, name):
        return self.providers[name]

    def callback(self, name):
        return self.system.server + self[name].redirect_path

    # -- the operator ---------------------------------------------------------------------------------------------

    def write_issuers_file(self, **changed):
        """changed: by provider the members of its table, or None without it."""
        tables = {name: table for name, (_, table) in PROVIDERS.items()} | changed
        Provider.write_issuers_file(self.issuers_file, *((self[name], table) for name, table in tables.items()
                                                        if table is not None))
        text = self.issuers_file.read_text()
        for name in self.without_secret:
            text = text.replace(f'client_secret_file = "{name}.secret"\n', "")
        self.issuers_file.write_text(text)
        for name, secret in self.secrets.items():
            (self.directory / f"{name}.secret").write_text(secret + "\n")

    def fix_keys(self):
        """What the provider publishes now becomes its file."""
        (self.directory / "fixed.jwks.json").write_text(Person().open(self["fixed"].issuer + "/jwks")[2])

    def reload(self):
        self.system.kill("identity", signal.SIGHUP)

    def election(self, id_, **eligibility):
        return self.system.create(song_contest(id_, eligibility=eligibility))

    # -- the voter's page -----------------------------------------------------------------------------------------

    def listed(self, name):
        entries = self.system.request("GET", "/v1/sign-in").json
        found = [entry for entry in entries if entry["issuer"] == self[name].issuer]
        assert len(found) == 1
        return found[0]

    def come_back(self, name, account="subject-one", person=None, **options):
        """Signed in with the provider and back on the page, with a code."""
        back = (person or Person()).sign_in(self[name], self.callback(name), account, **options)
        issuer = back.parameters.get("iss")
        assert issuer == (self[name].issuer if self[name].says_iss else None)
        self.private |= {back.parameters["code"], back.verifier, back.nonce}
        return back

    def exchange(self, back, **changed):
        return self.system.request("POST", "/v1/sign-in", back.sign_in_request(**changed))

    def id_token(self, name, account="subject-one", person=None, **options):
        """By way of Ostraka."""
        answer = self.exchange(self.come_back(name, account, person, **options))
        expect(answer, 200)
        document = answer.json
        self.private.add(document["id_token"])
        id_token = Token(document["id_token"])
        assert claims_of(id_token)["sub"] == account
        return id_token

    def tokens(self, name, account="subject-one", person=None, **options):
        """From the provider itself."""
        person = person or Person()
        status, tokens = person.exchange(self.come_back(name, account, person, **options))
        assert status == 200
        self.private |= {tokens["id_token"], tokens["access_token"]}
        return {name: Token(tokens[name]) for name in ("id_token", "access_token")}

    def ballot_token(self, election, id_token):
        return self.system.request("POST", f"/v1/elections/{election}/ballot-tokens", token=id_token)

    def vote(self, election, id_token, option="a"):
        answer = self.ballot_token(election, id_token)
        expect(answer, 201)
        self.private.add(answer.json["ballot_token"])
        return self.system.request("POST", f"/v1/elections/{election}/votes", {"ballot": {"song": [option]}},
                                   token=answer.json["ballot_token"])


def expect(answer, status, problem=None):
    """Says what came instead, but no tokens. Returns the problem's detail."""
    came = answer.problem if answer.status >= 400 else None
    if (answer.status, came) != (status, problem):
        raise AssertionError(f"{status} {problem} expected, {answer.status} {came} came "
                             f"({answer.json.get('detail') if came else ''})")
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    if status == 503:
        assert int(answer.headers["Retry-After"]) >= 1
    return answer.json.get("detail") if came else None


def is_answered(answer, status, problem=None, until=(503, "unavailable")):
    """For eventually(): whether it is what is wanted; anything but that and `until` fails at once."""
    came = answer.problem if answer.status >= 400 else None
    if (answer.status, came) == until:
        expect(answer, *until)
        return False
    if (answer.status, came) != (status, problem):
        pytest.fail(f"{status} {problem} or {until} expected, {answer.status} {came} came")
    return True


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    one = World(tmp_path_factory.mktemp("sign-in"))
    try:
        yield one.start()
    finally:
        one.stop()


# -- what a page is told ------------------------------------------------------------------------------------------


def test_a_provider_that_was_never_reached_is_listed_and_comes_when_it_can(world):
    """First in this file: the longer it is away, the longer are the pauses between attempts."""
    listed = world.listed("away")
    assert listed == {"issuer": world["away"].issuer, "client_id": Provider.CLIENT, "kind": "oidc",
                      "title": world["away"].title, "redirect_path": world["away"].redirect_path}
    request = {"issuer": world["away"].issuer, "code": "no-code", "code_verifier": "v" * 43,
               "redirect_uri": world.callback("away"), "nonce": "n" * 16}
    expect(world.system.request("POST", "/v1/sign-in", request), 503, "unavailable")
    world["away"].outage("none")
    eventually(lambda: "authorization_endpoint" in world.listed("away"))
    expect(world.vote(world.election("reached"), world.id_token("away")), 201)


def test_issuers_are_listed_with_all_that_a_page_needs(world):
    for name in ("rs256", "ps256", "es256", "eddsa", "acr", "aged", "silent"):
        provider = world[name]
        eventually(lambda name=name: "authorization_endpoint" in world.listed(name))
        expected = {"issuer": provider.issuer, "client_id": Provider.CLIENT, "kind": "oidc", "title": provider.title,
                    "redirect_path": provider.redirect_path,
                    "authorization_endpoint": Person().metadata(provider)["authorization_endpoint"],
                    "scope": PROVIDERS[name][1].get("scope", "openid")}
        expected |= {"iss_in_response": True} if provider.says_iss else {}
        expected |= {"acr": {"mfa_acr_values": MFA_ACR}, "aged": {"max_age": 3600}}.get(name, {})
        assert world.listed(name) == expected
    kinds = [entry["kind"] for entry in world.system.request("GET", "/v1/sign-in").json]
    assert kinds == ["oidc"] * len(PROVIDERS) + ["development"]


def test_the_operator_is_told_what_to_register(world):
    log = world.system.log("identity")
    for provider in world.providers.values():
        line = f"issuer {provider.issuer}: register there https://YOUR-GATEWAY{provider.redirect_path} as redirect URI"
        assert (line in log) == (provider.name != "fixed"), provider.name
    assert len({provider.redirect_path for provider in world.providers.values()}) == len(PROVIDERS)


# -- from a code to a vote ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, alg, auth_method", [
    ("rs256", "RS256", "none"), ("ps256", "PS256", "client_secret_basic"),
    ("es256", "ES256", "client_secret_post"), ("eddsa", "EdDSA", "none"), ("silent", "ES256", "none")])
def test_a_code_becomes_a_vote(world, name, alg, auth_method):
    assert world[name].auth_method == auth_method
    back = world.come_back(name)
    answer = world.exchange(back)
    expect(answer, 200)
    document = answer.json
    members = sorted(document)
    assert members == ["expires_at", "id_token"]
    id_token = Token(document["id_token"])
    world.private.add(id_token)
    assert header_of(id_token)["alg"] == alg
    said = claims_of(id_token)
    assert (said["iss"], said["sub"], said["nonce"]) == (world[name].issuer, "subject-one", back.nonce)
    assert document["expires_at"].startswith(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(said["exp"])))
    election = world.election(f"alg-{name}", issuers=[world[name].issuer])
    expect(world.vote(election, id_token), 201)
    expect(world.vote(election, id_token), 200)
    expect(world.vote(election, id_token, "b"), 409, "already-voted")
    expect(world.vote(election, world.id_token(name, "subject-two"), "b"), 201)
    expect(world.ballot_token(election, world.id_token("acr")), 403, "not-eligible")
    assert world.system.results_when(election, lambda r: r["ballots"]["counted"] == 2)


def test_a_large_token_that_signs_in_can_vote(world):
    id_token = world.id_token("rs256", "subject-in-groups", scope=SCOPE)
    size = len(id_token)
    assert 8 * 1024 < size < 16 * 1024
    expect(world.vote(world.election("groups"), id_token), 201)


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rs256", "ps256", "es256", "eddsa"])
def test_a_code_works_once(world, name):
    back = world.come_back(name)
    expect(world.exchange(back), 200)
    expect(world.exchange(back), 401, "invalid-sign-in")


def test_a_code_that_is_sent_twice_at_once_works_once(world):
    back = world.come_back("rs256")
    clients = [Client(world.system.port) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        sent = [pool.submit(client.request, "POST", "/v1/sign-in", back.sign_in_request()) for client in clients]
        assert sorted(each.result().status for each in sent) == [200, 401]
    for client in clients:
        client.close()


@pytest.mark.parametrize("name", ["rs256", "ps256", "es256"])
@pytest.mark.parametrize("member, wrong", [
    ("nonce", "another-nonce-than-was-sent"), ("code_verifier", "v" * 43), ("code", "a-code-that-nobody-gave"),
    ("redirect_uri", "http://127.0.0.1:1")])
def test_a_sign_in_of_another_page_is_refused(world, name, member, wrong):
    wrong += world[name].redirect_path if member == "redirect_uri" else ""
    expect(world.exchange(world.come_back(name), **{member: wrong}), 401, "invalid-sign-in")


@pytest.mark.parametrize("name", ["rs256", "silent"])
def test_a_code_of_another_provider_is_refused(world, name):
    back = world.come_back(name)
    changed = {"issuer": world["es256"].issuer, "redirect_uri": world.callback("es256")}
    expect(world.exchange(back, **changed), 401, "invalid-sign-in")


@pytest.mark.parametrize("name", ["rs256", "silent"])
def test_a_code_that_came_to_another_providers_address_is_shown_to_nobody(world, name):
    """The mix-up (RFC 9700, section 4.4): the provider that the voter chose is hostile, and wants this one's code."""
    back = world.come_back(name)
    hostile = world["es256"]
    asked = hostile.requests("/token")
    path = hostile.redirect_path
    for address in (back.redirect_uri, f"{world.system.server}/sign-in", f"{back.redirect_uri}?{path}",
                    f"{back.redirect_uri}#{path}", world.callback("es256") + "/"):
        expect(world.exchange(back, issuer=hostile.issuer, redirect_uri=address), 422, "invalid-request")
    assert hostile.requests("/token") == asked
    expect(world.exchange(back), 200)  # nobody has used it up


def test_codes_of_an_issuer_that_is_not_configured_are_not_exchanged(world):
    development = next(entry["issuer"] for entry in world.system.request("GET", "/v1/sign-in").json
                       if entry["kind"] == "development")
    back = world.come_back("rs256")
    for issuer in ("https://unknown.example", world["rs256"].issuer + "/", world["ps256"].issuer.rstrip("/"),
                   development):
        address = world.system.server + redirect_path(issuer)
        expect(world.exchange(back, issuer=issuer, redirect_uri=address), 404, "not-configured")
    expect(world.exchange(back), 200)  # nobody has used it up


def well_formed(issuer):
    return {"issuer": issuer, "code": "c", "code_verifier": "v" * 43, "nonce": "n" * 16,
            "redirect_uri": "http://127.0.0.1:1" + redirect_path(issuer)}


@pytest.mark.parametrize("changed", [
    {"issuer": None}, {"code": None}, {"code_verifier": None}, {"redirect_uri": None}, {"nonce": None},
    {"issuer": ""}, {"issuer": "i" * 513}, {"code": ""}, {"code": "c" * 4097}, {"code": 7}, {"code": ["c"]},
    {"code_verifier": "v" * 42}, {"code_verifier": "v" * 129}, {"code_verifier": "v" * 42 + "+"},
    {"redirect_uri": ""}, {"redirect_uri": "r" * 2049}, {"redirect_uri": 7}, {"nonce": "n" * 15}, {"nonce": "n" * 257}, {"nonce": {}}],
    ids=lambda changed: "".join(f"{name}-{type(value).__name__}-{len(str(value))}" for name, value in changed.items()))
def test_a_request_that_is_not_of_its_form_is_refused_before_a_provider_is_asked(world, changed):
    asked = world["rs256"].requests("/token")
    issuer = changed.get("issuer")
    body = well_formed(world["rs256"].issuer if issuer is None else issuer) | changed
    body = {name: value for name, value in body.items() if value is not None}
    expect(world.system.request("POST", "/v1/sign-in", body), 422, "invalid-request")
    assert world["rs256"].requests("/token") == asked


def test_the_longest_and_shortest_that_is_allowed_reaches_the_provider(world):
    asked = world["rs256"].requests("/token")
    path = world["rs256"].redirect_path
    for changed in ({}, {"code": "c" * 4096, "code_verifier": "aZ09._~-" * 16, "nonce": "n" * 256,
                         "redirect_uri": "r" * (2048 - len(path)) + path}):
        body = well_formed(world["rs256"].issuer) | changed
        expect(world.system.request("POST", "/v1/sign-in", body), 401, "invalid-sign-in")
    assert world["rs256"].requests("/token") == asked + 2


def test_a_body_that_is_no_json_is_refused(world):
    system = world.system
    whole = json.dumps(well_formed(world["rs256"].issuer))
    for body in ("", "{", whole + "x", whole[:-1] + ', "code": "d"}', "[" * 10_000):
        expect(system.request("POST", "/v1/sign-in", body), 400, "malformed-request")
    for body in ("[]", "null", '"text"', "{}"):
        expect(system.request("POST", "/v1/sign-in", body), 422, "invalid-request")
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = system.request("POST", "/v1/sign-in", whole, headers={"Content-Type": media_type})
        expect(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("name", ["es256", "eddsa"], ids=["at+jwt", "without-audience"])
def test_an_access_token_is_no_id_token(world, name):
    election = world.election(f"access-{name}")
    tokens = world.tokens(name)
    said = claims_of(tokens["access_token"])
    assert said["sub"] == "subject-one" and said["iss"] == world[name].issuer
    detail = expect(world.ballot_token(election, tokens["access_token"]), 401, "invalid-sign-in")
    assert "ID token" in detail
    expect(world.ballot_token(election, tokens["id_token"]), 201)


def test_a_token_that_somebody_changed_is_refused(world):
    election = world.election("forged")
    id_token = world.id_token("rs256")
    header, payload, signature = id_token.split(".")
    other = base64.urlsafe_b64encode(json.dumps(claims_of(id_token) | {"sub": "subject-two"}).encode())
    forged = (".".join([header, other.rstrip(b"=").decode(), signature]), with_header(id_token, typ="JWS"),
              with_header(id_token, alg="none"), with_header(id_token, alg="HS256"), f"{header}.{payload}.")
    for token in forged:
        expect(world.ballot_token(election, token), 401, "invalid-sign-in")
    expect(world.ballot_token(election, id_token), 201)


def test_a_wrong_client_secret_is_the_operators_business(world):
    back = world.come_back("wrong-secret")
    expect(world.exchange(back), 503, "unavailable")
    lines = [line for line in world.system.log("identity").splitlines() if "refuses to exchange codes" in line]
    assert len(lines) == 1 and world["wrong-secret"].issuer in lines[0] and "critical" in lines[0]
    assert all(text not in lines[0] for text in (WRONG_SECRET, back.parameters["code"], back.verifier))
    assert world.system.metric("identity", "ostraka_identity_alarms_total") >= 1
    world.secrets = {}
    world.write_issuers_file()
    world.reload()
    eventually(lambda: is_answered(world.exchange(world.come_back("wrong-secret")), 200))


def test_a_client_secret_that_is_added_later_is_used(world):
    expect(world.exchange(world.come_back("secret-later")), 503, "unavailable")
    world.without_secret = ()
    world.write_issuers_file()
    world.reload()
    eventually(lambda: is_answered(world.exchange(world.come_back("secret-later")), 200), seconds=3)


def test_issuers_come_and_go_with_the_file(world):
    election = world.election("come-and-go")
    id_token = world.id_token("eddsa")
    back = world.come_back("eddsa")
    expect(world.ballot_token(election, id_token), 201)
    world.write_issuers_file(eddsa=None)
    world.reload()
    eventually(lambda: is_answered(world.ballot_token(election, id_token), 401, "invalid-sign-in", until=(201, None)))
    expect(world.exchange(back), 404, "not-configured")
    eventually(lambda: world["eddsa"].issuer not in
               [entry["issuer"] for entry in world.system.request("GET", "/v1/sign-in").json])
    world.write_issuers_file()
    world.reload()
    eventually(lambda: "authorization_endpoint" in world.listed("eddsa"))
    expect(world.exchange(back), 200)
    expect(world.ballot_token(election, id_token), 201)


def test_keys_from_a_file_are_those_of_the_file(world):
    election = world.election("fixed")
    fixed = world["fixed"]
    fetched = fixed.requests("/jwks")
    assert world.listed("fixed") == {"issuer": fixed.issuer, "client_id": Provider.CLIENT, "kind": "oidc",
                                     "title": fixed.title}
    expect(world.exchange(world.come_back("fixed")), 404, "not-configured")
    first = world.tokens("fixed")["id_token"]
    expect(world.ballot_token(election, first), 201)
    fixed.rotate(keep=False)
    second = world.tokens("fixed", "subject-two")["id_token"]
    expect(world.ballot_token(election, second), 401, "invalid-sign-in")
    expect(world.ballot_token(election, first), 201)
    assert fixed.requests("/jwks") == fetched == 1  # by this test's world alone
    world.fix_keys()
    world.reload()
    eventually(lambda: is_answered(world.ballot_token(election, second), 201, until=(401, "invalid-sign-in")))
    expect(world.ballot_token(election, first), 401, "invalid-sign-in")


# -- who may vote, and who is one person --------------------------------------------------------------------------


def test_several_factors_by_amr(world):
    election = world.election("mfa-amr", require_mfa=True)
    one_factor = world.id_token("eddsa")
    assert claims_of(one_factor)["amr"] == ["pwd"]
    assert "factor" in expect(world.ballot_token(election, one_factor), 403, "not-eligible")
    two = world.id_token("eddsa", second_factor=True)
    assert "acr" not in claims_of(two)
    expect(world.vote(election, two), 201)


def test_several_factors_by_acr_as_the_operator_says_what_it_means(world):
    election = world.election("mfa-acr", require_mfa=True)
    asking = {"acr_values": world.listed("acr")["mfa_acr_values"]}
    one_factor = world.id_token("acr", **asking)
    assert claims_of(one_factor).get("acr") != MFA_ACR
    expect(world.ballot_token(election, one_factor), 403, "not-eligible")
    two = world.id_token("acr", second_factor=True, **asking)
    assert claims_of(two)["acr"] == MFA_ACR and claims_of(two)["amr"] == ["pwd"]
    expect(world.vote(election, two), 201)
    # The file is read again on SIGHUP: without the value, `acr` means nothing.
    world.write_issuers_file(acr={})
    world.reload()
    eventually(lambda: is_answered(world.ballot_token(election, two), 403, "not-eligible", until=(201, None)))
    eventually(lambda: "mfa_acr_values" not in world.listed("acr"))
    # With a mistake it is refused as a whole.
    good = world.issuers_file.read_text()
    world.issuers_file.write_text(good + '\n[[issuer]]\nissuer = "http://elsewhere.example"\nclient_id = "c"\n')
    world.reload()
    eventually(lambda: "the issuers stay as they were" in world.system.log("identity"))
    expect(world.ballot_token(election, two), 403, "not-eligible")
    expect(world.ballot_token(election, world.id_token("eddsa", second_factor=True)), 201)
    world.write_issuers_file()
    world.reload()
    eventually(lambda: is_answered(world.ballot_token(election, two), 201, until=(403, "not-eligible")))


@pytest.mark.parametrize("claim", ["email", "phone_number"])
def test_an_unverified_claim_admits_nobody(world, claim):
    election = world.election(f"unverified-{claim.replace('_', '-')}", claim=claim)
    unverified = world.id_token("rs256", "subject-unverified", scope=SCOPE)
    assert claims_of(unverified)[claim] and claims_of(unverified)[claim + "_verified"] is False
    assert "verified" in expect(world.ballot_token(election, unverified), 403, "not-eligible")
    expect(world.ballot_token(election, world.id_token("rs256", scope="openid")), 403, "not-eligible")
    expect(world.vote(election, world.id_token("rs256", scope=SCOPE)), 201)


@pytest.mark.parametrize("claim", ["email", "phone_number", MEMBER], ids=["email", "phone", "uri"])
def test_two_accounts_of_one_person_are_one_voter(world, claim):
    election = world.election(f"claim-{claim.rsplit('/', 1)[-1].replace('_', '-')}", claim=claim)
    scope = world.listed("rs256")["scope"]
    first = world.id_token("rs256", "subject-one", scope=scope)
    again = world.id_token("rs256", "subject-one-again", scope=scope)
    assert (claims_of(first)[claim] == claims_of(again)[claim]) == (claim == MEMBER)
    expect(world.vote(election, first, "a"), 201)
    expect(world.vote(election, again, "b"), 409, "already-voted")
    expect(world.vote(election, again, "a"), 200)
    expect(world.vote(election, world.id_token("rs256", "subject-two", scope=scope), "b"), 201)


@pytest.mark.parametrize("unique_by, second", [("claim", (409, "already-voted")), ("issuer", (201,))])
def test_one_address_at_two_providers(world, unique_by, second):
    election = world.election(f"unique-by-{unique_by}", claim="email", unique_by=unique_by)
    expect(world.vote(election, world.id_token("rs256", "subject-one", scope=SCOPE), "a"), 201)
    expect(world.vote(election, world.id_token("ps256", "subject-one-again", scope=SCOPE), "b"), *second)


# -- time ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def aged(world):
    """The provider whose clock a test may move."""
    yield world["aged"]
    world["aged"].clock(0)


@pytest.mark.parametrize("offset_s", [30, -30])
def test_a_clock_that_is_a_little_off_is_no_reason_to_refuse(world, aged, offset_s):
    aged.clock(offset_s)
    id_token = world.id_token("aged", max_age=3600)
    assert abs(claims_of(id_token)["iat"] - time.time() - offset_s) < 15
    expect(world.vote(world.election(f"skew{offset_s}"), id_token), 201)


@pytest.mark.parametrize("offset_s, reason", [(300, "not valid"), (-7200, "expired")], ids=["ahead", "expired"])
def test_tokens_that_are_not_valid_yet_or_any_more_are_refused(world, aged, offset_s, reason):
    election = world.election(f"out-of-time{offset_s}")
    aged.clock(offset_s)
    expect(world.exchange(world.come_back("aged")), 401, "invalid-sign-in")
    detail = expect(world.ballot_token(election, world.tokens("aged")["id_token"]), 401, "invalid-sign-in")
    assert reason in detail
    aged.clock(0)
    expect(world.ballot_token(election, world.id_token("aged")), 201)


def test_how_long_ago_somebody_may_have_signed_in(world, aged):
    election = world.election("max-age")
    person = Person()
    aged.clock(-7200)
    world.come_back("aged", person=person)
    aged.clock(0)  # the provider knows the person still, and asks for nothing
    expect(world.exchange(world.come_back("aged", person=person)), 401, "invalid-sign-in")
    old = world.tokens("aged", person=person)["id_token"]
    assert claims_of(old)["auth_time"] < claims_of(old)["iat"] - 7000
    assert "too long ago" in expect(world.ballot_token(election, old), 401, "invalid-sign-in")
    fresh = world.id_token("aged", person=person, max_age=world.listed("aged")["max_age"])
    expect(world.vote(election, fresh), 201)


def test_where_it_matters_the_token_must_say_when(world):
    election = world.election("no-auth-time")
    expect(world.exchange(world.come_back("timeless")), 401, "invalid-sign-in")
    expect(world.ballot_token(election, world.tokens("timeless")["id_token"]), 401, "invalid-sign-in")
    expect(world.vote(election, world.id_token("timeless", max_age=world.listed("timeless")["max_age"])), 201)


# -- keys that change ---------------------------------------------------------------------------------------------


def test_keys_are_replaced_without_anybody_being_turned_away(world):
    election = world.election("rotation")
    rotating = world["rotating"]
    began, fetched = time.monotonic(), rotating.requests("/jwks")
    first = world.id_token("rotating")
    expect(world.ballot_token(election, first), 201)
    rotating.rotate(keep=True)
    second = world.id_token("rotating", "subject-two")
    assert header_of(second)["kid"] != header_of(first)["kid"]
    eventually(lambda: is_answered(world.ballot_token(election, second), 201), KEYS_SECONDS)
    expect(world.ballot_token(election, first), 201)
    # Again, so soon that the keys may not be fetched yet. The first key goes for good.
    rotating.rotate(keep=False)
    third = world.id_token("rotating")
    expect(world.ballot_token(election, third), 503, "unavailable")
    expect(world.ballot_token(election, first), 201)
    eventually(lambda: is_answered(world.ballot_token(election, third), 201), KEYS_SECONDS)
    expect(world.ballot_token(election, first), 503, "unavailable")
    eventually(lambda: is_answered(world.ballot_token(election, first), 401, "invalid-sign-in"), KEYS_SECONDS)
    expect(world.ballot_token(election, second), 503, "unavailable")  # nobody has looked for that one
    expect(world.vote(election, third), 201)
    assert fetched + 3 <= rotating.requests("/jwks") <= fetched + 1 + (time.monotonic() - began) // FETCH_INTERVAL


def test_invented_keys_do_not_make_anybody_fetch_all_the_time(world):
    election = world.election("invented")
    id_token = world.id_token("rs256")
    invented = [with_header(id_token, kid=f"invented-{number}") for number in range(8)]
    began, fetched = time.monotonic(), world["rs256"].requests("/jwks")
    for token in invented[:4]:  # the first may bring a fetch at once; the others then wait for the next
        answer = world.ballot_token(election, token)
        expect(answer, 503, "unavailable")
    for token in invented[:4]:
        eventually(lambda token=token: is_answered(world.ballot_token(election, token), 401, "invalid-sign-in"),
                   2 * KEYS_SECONDS)
    expect(world.ballot_token(election, invented[0]), 401, "invalid-sign-in")
    for token in invented[4:]:
        expect(world.ballot_token(election, token), 503, "unavailable")
    expect(world.ballot_token(election, id_token), 201)
    rose = world["rs256"].requests("/jwks") - fetched
    assert 1 <= rose <= 1 + (time.monotonic() - began) // FETCH_INTERVAL


def test_an_edited_file_waits_for_sighup_whatever_anybody_sends(world):
    election = world.election("edited")
    id_token = world.id_token("rs256")
    began = time.monotonic()
    world.write_issuers_file(acr={"mfa_acr_values": [MFA_ACR], "title": "Edited"})

    def is_read():
        world.ballot_token(election, with_header(id_token, kid=f"edited-{time.monotonic()}"))
        return world.listed("acr")["title"] == "Edited"

    try:
        eventually(lambda: is_read() or time.monotonic() - began > KEYS_SECONDS)
        assert not is_read()
    finally:
        world.write_issuers_file()
        world.reload()
        eventually(lambda: world.listed("acr")["title"] == world["acr"].title)


# -- a provider that is away --------------------------------------------------------------------------------------


@pytest.fixture
def away(world):
    world["away"].outage("none")  # as it began
    eventually(lambda: "authorization_endpoint" in world.listed("away"))
    yield world["away"]
    world["away"].outage("none")


@pytest.mark.parametrize("how", ["refuse", "hang", "error"])
def test_an_outage_stops_sign_ins_but_not_those_who_have_signed_in(world, away, how):
    election = world.election(f"outage-{how}")
    id_token = world.id_token("away")
    back = world.come_back("away")
    away.outage(how)
    began = time.monotonic()
    expect(world.exchange(back), 503, "unavailable")
    assert time.monotonic() - began < 8
    expect(world.ballot_token(election, with_header(id_token, kid=f"nobody-can-tell-{how}")), 503, "unavailable")
    expect(world.vote(election, id_token), 201)
    expect(world.exchange(world.come_back("rs256")), 200)
    away.outage("none")
    expect(world.vote(election, world.id_token("away", "subject-two"), "b"), 201)


def test_a_provider_that_hangs_holds_nobody_else_up(world, away):
    body = well_formed(away.issuer)
    clients = [Client(world.system.port) for _ in range(80)]  # more than the 64 that go to one provider at once
    asked = away.requests("/token")
    away.outage("hang")
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        began = time.monotonic()
        waiting = [pool.submit(client.request, "POST", "/v1/sign-in", body) for client in clients]
        eventually(lambda: away.requests("/token") >= asked + 64)
        expect(world.vote(world.election("beside"), world.id_token("rs256")), 201)
        assert not any(each.done() for each in waiting)
        for each in waiting:
            expect(each.result(), 503, "unavailable")
        assert time.monotonic() - began < 9
    for client in clients:
        client.close()


def test_identity_starts_while_a_provider_is_away_with_the_keys_it_had(world, away):
    election = world.election("restart")
    id_token = world.id_token("away")
    back = world.come_back("away")
    assert list((world.system.directory / "providers").iterdir())
    away.outage("refuse")
    before = world.system.pids()["identity"]
    world.system.kill("identity")
    eventually(lambda: world.system.pids()["identity"] != before)
    eventually(lambda: is_answered(world.ballot_token(election, id_token), 201))
    expect(world.vote(election, id_token), 201)
    expect(world.exchange(back), 503, "unavailable")
    assert "authorization_endpoint" in world.listed("away")
    assert world.system.metric("identity", "ostraka_identity_providers_without_keys") == 1
    away.outage("none")
    expect(world.vote(election, world.id_token("away", "subject-two")), 201)


# -- what nobody is told ------------------------------------------------------------------------------------------


def spellings(text):
    """How a text may stand in a log: as it is, lower-cased, percent-encoded."""
    return {spelled.encode() for one in (text, text.lower())
            for spelled in (one, urllib.parse.quote(one, safe=""), urllib.parse.quote_plus(one))}


def holding(texts, wanted):
    """The names of those texts that hold any of the wanted ones."""
    return {name for name, text in texts.items() if any(each in text for each in wanted)}


def test_neither_logs_nor_metrics_tell_who_signed_in_or_with_what(world):
    """Last in this file: what all the others did is looked through, too."""
    expect(world.vote(world.election("private", claim="email"), world.id_token("ps256", scope=SCOPE)), 201)
    expect(world.exchange(world.come_back("ps256"), nonce="another-nonce-than-was-sent"), 401, "invalid-sign-in")
    private = set().union(*map(spellings, world.private))
    for account in ACCOUNTS.values():
        private.add("".join(c for c in account["phone_number"] if c in "+0123456789").encode())
    user = f"{Provider.CLIENT}:{urllib.parse.quote(SECRET, safe='')}"
    private |= {base64.b64encode(user.encode()), SECRET.encode()}
    private |= {text.rsplit(".", 1)[1].encode() for text in world.private  # signatures; random words may look alike
                if text.startswith("ey") and text.count(".") == 2}
    told = {path.name: path.read_bytes() for path in (world.system.directory / "logs").iterdir()}
    assert set(told) >= {f"{service}.log" for service in SERVICES}
    told["up's stderr"] = world.system.stderr_tail().encode()
    for service in SERVICES:
        told[f"{service}'s metrics"] = world.system.management(service, "/metrics").body
    # What may be told is found where it is.
    tellers = holding(told, {b'outcome="wrong_nonce"', world["ps256"].issuer.encode()})
    assert tellers == {"identity's metrics", "identity.log"}
    tellers = holding(told, private)  # names only: what is asserted on is printed when it fails
    assert tellers == set()
    # Claims are in no file at all: an election keeps what a voter's key is made of them.
    who = set().union(*(spellings(value) for account in ACCOUNTS.values() for value in account.values()
                        if isinstance(value, str)))
    kept = {path: path.read_bytes() for path in world.system.directory.rglob("*") if path.is_file()}
    readable, keepers = holding(kept, {b"song"}), holding(kept, who)
    assert readable and keepers == set()
