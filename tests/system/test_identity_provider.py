"""What the sign-in tests build on is true of their provider: a test that fails because of it should fail here first."""

import json
import time
import urllib.error

import pytest

import identity_provider
from identity_provider import MFA_ACR, Person, Provider, claims_of, header_of

if not identity_provider.IS_INSTALLED:
    pytest.skip("no identity provider: scripts/install --tests fetches it", allow_module_level=True)

CALLBACK = "http://127.0.0.1:1/sign-in"
CLAIMS = {"email": "Voter-1@Example.test", "email_verified": True, "phone_number": "+44 20 7946 0000",
          "phone_number_verified": True, "https://claims.example/member": "m-1"}
# Characters that RFC 6749 (2.3.1) wants percent-encoded in a Basic header.
SECRET = "of:this+client %2F&~"


@pytest.fixture
def provider(tmp_path):
    """provider(name, **options): started, and it knows where to send people back to."""
    started = []

    def start(name="one", **options):
        one = Provider(tmp_path, name, {"voter-1": CLAIMS}, **options).start()
        started.append(one)
        one.register(CALLBACK)
        return one

    yield start
    for one in started:
        one.stop()


def tokens_of(one, person=None, **options):
    person = person or Person()
    status, tokens = person.exchange(person.sign_in(one, CALLBACK, "voter-1", **options))
    assert status == 200
    return tokens


def id_claims(one, person=None, **options):
    return claims_of(tokens_of(one, person, **options)["id_token"])


@pytest.mark.parametrize("options", [
    {"alg": "RS256"}, {"alg": "PS256", "path": "/"}, {"alg": "ES256", "path": "/realm/"},
    {"alg": "EdDSA", "path": "/realm", "secret": SECRET},
    {"secret": SECRET, "auth_method": "client_secret_post"}],
    ids=["rs256", "ps256-slash", "es256-path-slash", "eddsa-basic", "rs256-post"])
def test_a_code_becomes_tokens_once(provider, options):
    one = provider(**options)
    assert one.issuer.endswith(options.get("path", ""))
    person = Person()
    assert person.metadata(one)["issuer"] == one.issuer
    back = person.sign_in(one, CALLBACK, "voter-1", scope="openid email phone membership")
    assert back.parameters["iss"] == one.issuer
    status, tokens = person.exchange(back)
    assert status == 200
    assert header_of(tokens["id_token"])["alg"] == options.get("alg", "RS256")
    claims = claims_of(tokens["id_token"])
    assert (claims["iss"], claims["aud"], claims["sub"]) == (one.issuer, one.CLIENT, "voter-1")
    assert claims["nonce"] == back.nonce and claims.items() >= CLAIMS.items() and "auth_time" not in claims
    status, answer = person.exchange(back)
    assert status == 400 and answer["error"] == "invalid_grant"


@pytest.mark.parametrize("says_iss", [True, False])
def test_answers_name_their_issuer_or_nobody(provider, says_iss):
    one = provider(says_iss=says_iss)
    assert ("authorization_response_iss_parameter_supported" in Person().metadata(one)) == says_iss
    for cancel in (False, True):
        back = Person().sign_in(one, CALLBACK, "voter-1", cancel=cancel)
        assert back.parameters.get("iss") == (one.issuer if says_iss else None)
        assert ("error" in back.parameters) == cancel


def test_a_code_is_worth_nothing_without_its_verifier_or_for_another_address(provider):
    one = provider()
    person = Person()
    for member, wrong in (("verifier", "x" * 43), ("redirect_uri", CALLBACK + "/elsewhere")):
        back = person.sign_in(one, CALLBACK, "voter-1")
        setattr(back, member, wrong)
        status, answer = person.exchange(back)
        assert status == 400 and answer["error"] == "invalid_grant", member


@pytest.mark.parametrize("method, other", [("client_secret_basic", "client_secret_post"),
                                           ("client_secret_post", "client_secret_basic"),
                                           ("client_secret_post", "none"), ("client_secret_basic", "none")])
def test_a_secret_is_taken_in_the_way_that_was_registered_only(provider, method, other):
    one = provider(secret=SECRET, auth_method=method)
    person = Person()
    assert person.metadata(one)["token_endpoint_auth_methods_supported"] == [method]
    status, answer = person.exchange(person.sign_in(one, CALLBACK, "voter-1"), auth_method=other)
    assert status == 401 and answer["error"] == "invalid_client"


def test_keys_come_and_go(provider):
    one = provider()

    def published():
        return [key["kid"] for key in json.loads(Person().open(one.issuer + "/jwks")[2])["keys"]]

    def signing():
        return header_of(tokens_of(one)["id_token"])["kid"]

    first = signing()
    assert published() == [first]
    one.rotate(keep=True)
    second = signing()
    assert second != first and published() == [second, first]
    one.rotate(keep=False)
    assert published() == [signing()] and signing() not in (first, second)
    assert one.requests("/jwks") == 3


def test_an_outage_and_its_end(provider):
    one = provider()
    one.outage("refuse")
    with pytest.raises(urllib.error.URLError) as refused:
        Person().open(one.issuer + "/jwks")
    assert isinstance(refused.value.reason, ConnectionRefusedError)
    one.outage("error")
    assert Person().open(one.issuer + "/jwks")[0] == 502
    one.outage("hang")
    with pytest.raises(TimeoutError):
        Person().open(one.issuer + "/jwks", timeout=0.5)
    one.outage("none")
    assert id_claims(one)["sub"] == "voter-1"


def test_its_clock_and_how_old_a_sign_in_is(provider):
    one = provider(always_auth_time=True)
    person = Person()
    now = pytest.approx(time.time(), abs=30)
    long_ago = pytest.approx(time.time() - 7200, abs=30)
    one.clock(-7200)
    claims = id_claims(one, person)
    assert claims["iat"] == long_ago and claims["auth_time"] == long_ago
    one.clock(0)
    claims = id_claims(one, person)  # the provider knows the person still
    assert claims["iat"] == now and claims["auth_time"] == long_ago
    assert id_claims(one, person, max_age=60)["auth_time"] == now


def test_where_it_says_that_there_was_a_second_factor(provider):
    person = Person()
    both = provider("both")
    claims = id_claims(both, person)
    assert claims["amr"] == ["pwd"] and "acr" not in claims
    claims = id_claims(both, person, second_factor=True, acr_values=MFA_ACR)  # it asks again
    assert claims["amr"] == ["pwd", "otp", "mfa"] and claims["acr"] == MFA_ACR
    claims = id_claims(provider("amr", says_mfa_by="amr"), second_factor=True)
    assert claims["amr"] == ["pwd", "otp", "mfa"] and "acr" not in claims
    claims = id_claims(provider("acr", says_mfa_by="acr"), second_factor=True)
    assert claims["amr"] == ["pwd"] and claims["acr"] == MFA_ACR


def test_access_tokens_with_and_without_an_audience(provider):
    token = tokens_of(provider("jwt", access_tokens="jwt"))["access_token"]
    assert header_of(token)["typ"] == "at+jwt" and claims_of(token)["aud"] == "urn:example:api"
    token = tokens_of(provider("cognito", access_tokens="cognito"))["access_token"]
    assert "typ" not in header_of(token) and "aud" not in claims_of(token)
    assert claims_of(token)["token_use"] == "access" and claims_of(token)["client_id"] == Provider.CLIENT


def test_a_person_may_cancel_and_must_exist(provider):
    one = provider()
    assert Person().sign_in(one, CALLBACK, "voter-1", cancel=True).parameters["error"] == "access_denied"
    with pytest.raises(identity_provider.NotSignedIn):
        Person().sign_in(one, CALLBACK, "voter-2")
