"""Signing in with a provider, in a real browser. The provider and the exchange are stood in for by the browser's routes."""

import urllib.parse

import pytest

from ostraka import song_contest
from pages import AXE, CHROMIUM

if CHROMIUM is None or not AXE.exists():
    pytest.skip("no chromium, or the pages were not built: ./test installs both", allow_module_level=True)

PROVIDER = "https://accounts.invalid"
REDIRECT_PATH = "/sign-in/0123456789abcdef0123456789abcdef"


class Provider:
    """Sends everybody straight back, with a code or with what `answer` says instead."""

    def __init__(self, system, visitor):
        self.asked = []
        self.exchanged = []
        self.answer = {"code": "the-code"}
        self.status = 200
        self.person = "somebody"
        self.is_reachable = True
        self.system = system
        page = visitor.page
        page.route("**/v1/sign-in", self.list_or_exchange)
        page.route(f"{PROVIDER}/**", self.authorize)

    def list_or_exchange(self, route):
        if route.request.method == "GET":
            issuer = {"issuer": PROVIDER, "client_id": "ostraka", "kind": "oidc", "title": "Example accounts",
                      "redirect_path": REDIRECT_PATH}
            if self.is_reachable:
                issuer["authorization_endpoint"] = f"{PROVIDER}/authorize"
            return route.fulfill(json=[issuer])
        self.exchanged.append(route.request.post_data_json)
        if self.status != 200:
            problem = {"type": "/problems/invalid-sign-in", "title": "Invalid sign-in", "status": self.status}
            return route.fulfill(status=self.status, json=problem)
        return route.fulfill(json={"id_token": self.system.sign_in(self.person), "expires_at": "2099-01-01T00:00:00Z"})

    def authorize(self, route):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(route.request.url).query))
        self.asked.append(query)
        back = urllib.parse.urlencode({"state": query["state"], **self.answer})
        # The browser refuses a redirect that a route answers with; a page that goes on by itself does the same.
        route.fulfill(content_type="text/html", body=f'<meta http-equiv="refresh" content="0;url={query["redirect_uri"]}?{back}">')


@pytest.fixture
def v(visitor):
    return visitor()


def press_sign_in(v):
    v.page.get_by_role("button", name="Sign in with Example accounts").click()


def test_a_vote_after_signing_in_with_a_provider(system, v):
    provider = Provider(system, v)
    provider.is_reachable = False
    election = system.create(song_contest("provider"))
    v.visit(f"/vote/{election}")
    v.page.get_by_text("not reachable now").first.wait_for()
    v.look("vote-provider-not-reachable")
    provider.is_reachable = True
    press_sign_in(v)  # waits until it can be pressed
    v.heading("Best song")
    assert v.page.url == f"{system.server}/vote/{election}"
    assert provider.asked[0]["code_challenge_method"] == "S256" and "prompt" not in provider.asked[0]
    assert provider.exchanged[0]["nonce"] == provider.asked[0]["nonce"]
    assert provider.exchanged[0]["redirect_uri"] == provider.asked[0]["redirect_uri"] == system.server + REDIRECT_PATH
    v.page.get_by_text("Song B").click()
    v.page.get_by_role("button", name="Look it over").click()
    v.page.get_by_role("button", name="Send my vote").click()
    v.heading("Your vote counts")
    v.page.get_by_role("button", name="Somebody else").click()
    v.look("vote-provider")
    provider.person = "another"
    press_sign_in(v)
    v.heading("Best song")
    assert provider.asked[1]["prompt"] == "login" and v.page.locator("input:checked").count() == 0


def test_a_session_that_runs_out_while_sending_goes_on_after_the_provider(system, v):
    v.expected = ("401",)
    provider = Provider(system, v)
    election = system.create(song_contest("provider-late"))
    expired = {"type": "/problems/invalid-sign-in", "title": "Invalid sign-in", "status": 401}
    v.page.route("**/ballot-tokens", lambda route: route.fulfill(status=401, json=expired), times=1)
    v.visit(f"/vote/{election}")
    press_sign_in(v)
    v.page.get_by_text("Song A").click()
    v.page.get_by_role("button", name="Look it over").click()
    v.page.get_by_role("button", name="Send my vote").click()
    v.heading("Please sign in again")
    press_sign_in(v)
    v.heading("Your vote counts")
    assert len(provider.exchanged) == 2


def test_a_sign_in_that_does_not_work_is_begun_again_and_a_code_is_never_sent_twice(system, v):
    v.expected = ("503",)
    provider = Provider(system, v)
    provider.status = 503
    election = system.create(song_contest("provider-broken"))
    v.visit(f"/vote/{election}")
    press_sign_in(v)
    v.heading("Signing in did not work")
    v.look("sign-in-failed")
    assert v.page.url == system.server + REDIRECT_PATH, "no code stays in the address"
    v.page.reload()
    v.heading("Signing in did not work")
    assert len(provider.exchanged) == 1
    provider.answer = {"error": "access_denied"}
    v.page.get_by_role("button", name="Sign in again").click()
    v.heading("You have not signed in")
    provider.answer, provider.status = {"code": "another-code"}, 200
    v.page.get_by_role("button", name="Sign in again").click()
    v.heading("Best song")
    assert [sent["code"] for sent in provider.exchanged] == ["the-code", "another-code"]


@pytest.mark.parametrize("path", [REDIRECT_PATH, "/sign-in/unknown", "/sign-in"])
def test_an_answer_that_nobody_asked_for_is_not_used(system, v, path):
    provider = Provider(system, v)
    v.visit(f"{path}?code=foreign&state=unknown")
    v.heading("There is no sign-in to finish here")
    v.look("sign-in-unknown")
    assert v.page.url == system.server + path and provider.exchanged == []
