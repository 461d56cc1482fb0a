"""Signing in as voters do it: the real pages, a real provider with pages of its own, in a real browser."""

import json
import urllib.parse

import pytest

import identity_provider
from identity_provider import MFA_ACR, Provider
from ostraka import System, eventually, song_contest
from pages import AXE, CHROMIUM, DESKTOP, PHONE

if CHROMIUM is None or not AXE.exists() or not identity_provider.IS_INSTALLED:
    pytest.skip("no chromium, no pages or no identity provider: ./test and scripts/install --tests install them",
                allow_module_level=True)

SIZES = {"phone": PHONE, "desktop": DESKTOP}
LEEWAY_SECONDS = 60  # k_id_token_leeway
ID_TOKEN_SECONDS = 3600


def verified(email):
    return {"email": email, "email_verified": True}


def accounts(*names):
    return {name: verified(f"{name}@example.test") for name in names}


@pytest.fixture(scope="module")
def providers(tmp_path_factory):
    """Two, as the operator has registered them."""
    directory = tmp_path_factory.mktemp("providers")
    names = ("voter-1", "voter-2")
    both = [Provider(directory, "one", accounts(*names)), Provider(directory, "two", accounts(*names), path="/realm/",
            alg="ES256", secret="known to both sides")]
    for one in both:
        one.start()
    yield both
    for one in both:
        one.stop()


def start_system(directory, providers):
    """With these providers, and registered with them."""
    issuers = directory / "issuers.toml"
    members = {"scope": "openid email", "mfa_acr_values": [MFA_ACR]}
    Provider.write_issuers_file(issuers, *((one, members) for one in providers))
    running = System(directory / "data", flags=["--issuers", issuers]).start()
    for one in providers:
        one.register(running.server + one.redirect_path)
    eventually(lambda: all("authorization_endpoint" in issuer for issuer in running.request("GET", "/v1/sign-in").json
                           if issuer["kind"] == "oidc"))
    return running


@pytest.fixture(scope="module")
def system(tmp_path_factory, providers):
    running = start_system(tmp_path_factory.mktemp("ostraka"), providers)
    yield running
    assert running.stop() == 0


@pytest.fixture
def one(providers):
    return providers[0]


class Watch:
    """What a browser asks for while people sign in, in all its tabs."""

    def __init__(self, v):
        self.server = v.system.server
        self.asked = []  # of providers: the queries of the authorization requests
        self.callbacks = []  # the addresses with which providers send people back
        self.exchanged = []  # bodies of POST /v1/sign-in
        self.statuses = {}  # by the path's last part, of POST requests
        self.referrers = set()
        v.context.on("request", self.request)
        v.context.on("response", self.response)

    def request(self, request):
        url = urllib.parse.urlsplit(request.url)
        self.referrers.add(request.headers.get("referer", ""))
        if request.is_navigation_request() and "code_challenge" in url.query:
            self.asked.append(dict(urllib.parse.parse_qsl(url.query)))
        elif request.is_navigation_request() and request.url.startswith(f"{self.server}/sign-in") and url.query:
            self.callbacks.append(request.url)
        elif is_exchange(request):
            self.exchanged.append(request.post_data_json)

    def response(self, response):
        if response.request.method == "POST":
            last = urllib.parse.urlsplit(response.url).path.rsplit("/", 1)[1]
            self.statuses.setdefault(last, []).append(response.status)

    # Numbers, so that a failed assertion shows no code.
    @property
    def asked_answered_sent(self):
        return len(self.asked), len(self.callbacks), len(self.exchanged)

    @property
    def sent(self):
        return len(self.exchanged)

    @property
    def different_codes(self):
        return len({sent["code"] for sent in self.exchanged})


def is_exchange(request):
    return request.method == "POST" and request.url.endswith("/v1/sign-in")


@pytest.fixture
def window(visitor):
    """window(**context): a visitor and what their browser asks for."""
    def open_window(**context):
        v = visitor(**context)
        return v, Watch(v)
    return open_window


def contest_of(name, *providers, **eligibility):
    return song_contest(name, eligibility={"issuers": [one.issuer for one in providers], **eligibility})


# -- what a voter does --------------------------------------------------------------------------------------------------


def press(v, name):
    v.page.get_by_role("button", name=name, exact=True).click()


def go_to(v, provider):
    press(v, f"Sign in with {provider.title}")


def log_in(v, account, second_factor=False):
    """On the provider's own page."""
    v.page.get_by_label("Account").fill(account)
    if second_factor:
        v.page.get_by_label("Second factor").check()
    press(v, "Continue")


def consent(v):
    v.heading("May it know who you are?")
    press(v, "Continue")


def sign_in(v, provider, account, **options):
    go_to(v, provider)
    log_in(v, account, **options)
    consent(v)


def choose_and_send(v, song):
    v.heading("Best song")
    v.page.get_by_text(song).click()
    press(v, "Look it over")
    press(v, "Send my vote")


def come_to_the_answer(v, provider, account):
    """Signs in, and stops before coming back: the address of the provider's answer, which nobody has seen yet."""
    addresses = []

    def follow(route):
        addresses.append(route.fetch().url)
        route.fulfill(content_type="text/html", body='<link rel="icon" href="data:,"><p>Stopped here</p>')

    go_to(v, provider)
    log_in(v, account)
    v.heading("May it know who you are?")
    v.page.route(f"{provider.issuer}/interaction/**", follow, times=1)
    press(v, "Continue")
    v.page.get_by_text("Stopped here").wait_for()
    is_answer = addresses[0].startswith(f"{v.system.server}{provider.redirect_path}?code=")
    assert is_answer
    return addresses[0]


def is_at(v, path):
    """Without a query. Says no more than that, as the address may hold a code."""
    return v.page.url == f"{v.system.server}{path}"


def changed(address, **members):
    """The address with other members in its query; None takes one away."""
    parts = urllib.parse.urlsplit(address)
    query = dict(urllib.parse.parse_qsl(parts.query)) | members
    kept = {name: value for name, value in query.items() if value is not None}
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(kept)))


def counts(system, election, **votes):
    """Waits until so many ballots count, and those."""
    result = system.results_when(election, lambda r: r["ballots"]["counted"] >= sum(votes.values()))
    assert {option["id"]: option["votes"] for option in result["contests"][0]["options"]} == {"a": 0, "b": 0} | votes
    assert result["ballots"]["counted"] == sum(votes.values())


def history_of(v):
    """The tab's history as the browser has it: where in it we are, and the addresses."""
    history = v.context.new_cdp_session(v.page).send("Page.getNavigationHistory")
    first = 1 if history["entries"][0]["url"] == "about:blank" else 0
    return history["currentIndex"] - first, [entry["url"] for entry in history["entries"][first:]]


# -- the whole way ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_the_whole_way_by_keyboard(system, one, window, size):
    election = system.create(contest_of(f"whole-{size}", one))
    v, watch = window(viewport=SIZES[size])
    v.visit(f"/vote/{election}")
    v.heading("Sign in to vote")
    v.tab_to(f"Sign in with {one.title}")
    v.look(f"sign-in-real-1-{size}")
    v.press("Enter")
    log_in(v, "voter-1")
    consent(v)
    v.heading("Best song")
    assert is_at(v, f"/vote/{election}")
    v.page.wait_for_function("document.activeElement.innerText === 'Best song'")
    v.look(f"sign-in-real-2-{size}")
    v.tab_to("Song A")
    v.press("ArrowDown")
    v.tab_to("Look it over")
    v.press("Enter")
    v.heading("Is this your vote?")
    v.look(f"sign-in-real-3-{size}")
    v.tab_to("Send my vote")
    v.press("Enter")
    v.heading("Your vote counts")
    v.look(f"sign-in-real-4-{size}")
    counts(system, election, b=1)

    asked, exchanged = watch.asked[0], watch.exchanged[0]
    assert watch.asked_answered_sent == (1, 1, 1)
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256" and "prompt" not in asked
    assert asked["scope"] == "openid email" and asked["ui_locales"] == "en" and "acr_values" not in asked
    secrets = [exchanged["code"], exchanged["code_verifier"], exchanged["nonce"], asked["state"], "eyJ"]
    _, addresses = history_of(v)
    left = {
        "the address": v.page.url,
        "the history": "\n".join(addresses),
        "its state": v.page.evaluate("JSON.stringify(history.state)"),
        "what the tab keeps": v.page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)"),
        "what other addresses are told": "\n".join(watch.referrers),
        "the logs": system.log("gateway") + system.log("identity"),
    }
    found = {where: n for where, text in left.items() for n, secret in enumerate(secrets) if secret in text}
    assert found == {}
    assert [a for a in addresses if a.startswith(system.server)] == [v.page.url, v.page.url], "/sign-in is not gone back to"


@pytest.mark.parametrize("language, locale, query, direction, scheme", [
    ("de", "de-DE", "", "ltr", "dark"), ("en-XB", "en-GB", "?lang=en-XB", "rtl", "light")], ids=["de-dark", "en-XB"])
def test_other_languages_on_the_way_there_and_back(system, one, window, language, locale, query, direction, scheme):
    election = system.create(contest_of(f"language-{language.lower()}", one))
    v, watch = window(viewport={"width": 320, "height": 640}, locale=locale, color_scheme=scheme)
    v.visit(f"/vote/{election}{query}")
    v.page.locator(".providers button").wait_for()
    first = v.page.get_by_role("heading", level=1).inner_text()
    v.look(f"sign-in-step-{language}-{scheme}")
    v.page.locator(".providers button").click()
    press(v, "Cancel")
    v.page.wait_for_url(f"**{one.redirect_path}{query}")
    v.page.locator("button.main").wait_for()
    assert v.page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [language, direction]
    v.look(f"sign-in-refused-{language}-{scheme}")
    v.page.locator("main a").click()
    v.page.wait_for_url(f"**/vote/{election}{query}")
    v.page.locator(".providers button").wait_for()
    assert v.page.get_by_role("heading", level=1).inner_text() == first != "Sign in to vote"
    assert watch.asked[0]["ui_locales"] == language.split("-")[0] and watch.sent == 0


# -- what goes wrong at the provider ------------------------------------------------------------------------------------


def test_whoever_cancels_at_the_provider_can_go_back_or_try_again(system, one, window):
    election = system.create(contest_of("cancelled", one))
    v, watch = window()
    v.visit(f"/vote/{election}")
    go_to(v, one)
    press(v, "Cancel")
    v.heading("You have not signed in")
    v.page.get_by_text("Nothing is lost").wait_for()
    assert v.page.get_by_role("alert").count() == 0 and is_at(v, one.redirect_path)
    v.look("sign-in-cancelled")
    v.page.get_by_role("link", name="Back to the vote").click()
    v.heading("Sign in to vote")
    go_to(v, one)
    press(v, "Cancel")
    v.heading("You have not signed in")
    v.tab_to("Sign in again")
    v.press("Enter")
    log_in(v, "voter-1")
    consent(v)
    choose_and_send(v, "Song A")
    v.heading("Your vote counts")
    counts(system, election, a=1)
    assert watch.asked_answered_sent == (3, 3, 1)
    assert len({asked["state"] for asked in watch.asked}) == 3


def test_a_sign_in_without_the_second_factor_is_refused_and_another_one_votes(system, one, window):
    election = system.create(contest_of("two-factors", one, require_mfa=True))
    v, watch = window()
    v.expected = ("403",)
    v.visit(f"/vote/{election}")
    sign_in(v, one, "voter-1")
    choose_and_send(v, "Song A")
    v.heading("You cannot vote in this election")
    v.page.get_by_text("second factor").wait_for()
    v.look("sign-in-second-factor-missing")
    press(v, "Sign in differently")
    go_to(v, one)
    log_in(v, "voter-1", second_factor=True)  # asked again, although the provider knows the voter
    choose_and_send(v, "Song B")
    v.heading("Your vote counts")
    counts(system, election, b=1)
    assert [asked["acr_values"] for asked in watch.asked] == [MFA_ACR, MFA_ACR]
    assert watch.asked[1]["prompt"] == "login" and watch.statuses["ballot-tokens"] == [403, 201]


def test_keys_that_change_while_a_voter_signs_in_cost_a_while_and_nothing_else(system, one, window):
    election = system.create(contest_of("rotation", one))
    v, watch = window()
    v.expected = ("503",)
    v.visit(f"/vote/{election}")
    go_to(v, one)
    one.rotate(keep=False)
    one.outage("error", path="/jwks")  # the new key cannot be had yet, and everything else can
    log_in(v, "voter-1")
    consent(v)
    choose_and_send(v, "Song B")
    v.page.get_by_text("This page keeps sending until your vote is there.").wait_for()
    v.look("sign-in-key-not-known-yet")
    one.outage("none")
    v.heading("Your vote counts")  # without anything done by hand
    counts(system, election, b=1)
    *before, last = watch.statuses["ballot-tokens"]
    assert set(before) == {503} and last == 201
    assert watch.asked_answered_sent == (1, 1, 1) and watch.statuses["votes"] == [201]


# -- answers that are none ----------------------------------------------------------------------------------------------


def test_an_answer_with_a_wrong_state_is_not_used_and_spoils_nothing(system, one, window):
    election = system.create(contest_of("wrong-state", one))
    v, watch = window()
    v.visit(f"/vote/{election}")
    answer = come_to_the_answer(v, one, "voter-1")
    for wrong in (changed(answer, state="x" * 43), changed(answer, state=None), changed(answer, state="")):
        v.page.goto(wrong)
        v.heading("There is no sign-in to finish here")
        assert is_at(v, one.redirect_path)
    tab = v.context.new_page()  # where nobody has begun to sign in
    tab.goto(answer)
    tab.get_by_role("heading", name="There is no sign-in to finish here").wait_for()
    tab.get_by_role("link", name="All elections").click()
    tab.get_by_role("link", name="Best song").first.wait_for()
    assert watch.sent == 0
    v.page.goto(answer)
    v.heading("Best song")
    assert watch.sent == 1


@pytest.mark.parametrize("wrong", ["another-iss", "no-iss", "another-address"])
def test_an_answer_of_another_issuer_is_not_used(system, providers, window, wrong):
    one, two = providers
    election = system.create(contest_of(f"wrong-issuer-{wrong}", one, two))
    v, watch = window()
    v.visit(f"/vote/{election}")
    answer = come_to_the_answer(v, one, "voter-1")
    v.page.goto({"another-iss": changed(answer, iss=two.issuer), "no-iss": changed(answer, iss=None),
                 "another-address": answer.replace(one.redirect_path, two.redirect_path)}[wrong])
    v.heading("Signing in did not work")
    assert is_at(v, (two if wrong == "another-address" else one).redirect_path)
    v.page.goto(answer)  # it cannot be put right afterwards
    v.heading("There is no sign-in to finish here")
    assert watch.sent == 0
    v.visit(f"/vote/{election}")
    go_to(v, one)  # it knows the voter still
    v.heading("Best song")
    assert watch.sent == 1


@pytest.fixture
def rivals(tmp_path):
    """Two providers that do not send `iss`, and a system: (system, honest, hostile)."""
    both = [Provider(tmp_path, name, accounts("voter-1"), alg="ES256", says_iss=False).start()
            for name in ("honest", "hostile")]
    running = start_system(tmp_path, both)
    yield running, *both
    assert running.stop() == 0
    for one in both:
        one.stop()


def authorization_endpoint_of(system, provider):
    return next(issuer["authorization_endpoint"] for issuer in system.request("GET", "/v1/sign-in").json
                if issuer["issuer"] == provider.issuer)


@pytest.mark.parametrize("back_to", ["the honest one's address", "the hostile one's address", "an address from before"])
def test_a_code_that_a_hostile_provider_has_another_one_make_is_sent_to_nobody(rivals, window, back_to):
    """The mix-up of providers (RFC 9700, section 4.4): whoever chooses the hostile one is sent on to the honest one, which
    gives out a code for a page that believes it to be the hostile one's."""
    system, honest, hostile = rivals
    path = {"the honest one's address": honest.redirect_path, "the hostile one's address": hostile.redirect_path,
            "an address from before": "/sign-in"}[back_to]
    if back_to == "an address from before":  # never taken away where it was registered
        honest.register(f"{system.server}/sign-in", system.server + honest.redirect_path)
    election = system.create(contest_of("mix-up", honest, hostile))
    v, watch = window(system=system)
    endpoints = {one: authorization_endpoint_of(system, one) for one in rivals[1:]}

    def send_on(route):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(route.request.url).query))
        there = urllib.parse.urlencode(query | {"redirect_uri": system.server + path})
        route.fulfill(content_type="text/html", body='<link rel="icon" href="data:,">'
                      f'<meta http-equiv="refresh" content="0;url={endpoints[honest]}?{there}">')

    v.page.route(f"{endpoints[hostile]}?**", send_on)
    v.visit(f"/vote/{election}")
    go_to(v, hostile)
    if back_to == "the hostile one's address":  # which nobody has registered with the honest one
        v.expected = ("400",)
        v.page.get_by_text("redirect_uri did not match").wait_for()
        assert watch.callbacks == []
    else:
        log_in(v, "voter-1")
        consent(v)
        v.heading("Signing in did not work")
        assert is_at(v, path)
        members = [sorted(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)) for url in watch.callbacks]
        assert members == [["code", "state"]]
    assert watch.sent == 0 and honest.requests("/token") == hostile.requests("/token") == 0

    v.visit(f"/vote/{election}")
    go_to(v, honest)
    if back_to == "the hostile one's address":
        log_in(v, "voter-1")
        consent(v)
    choose_and_send(v, "Song B")
    v.heading("Your vote counts")
    counts(system, election, b=1)
    assert watch.sent == 1 and hostile.requests("/token") == 0


def test_an_answer_to_another_nonce_is_refused_and_the_voter_tries_again(system, one, window):
    election = system.create(contest_of("wrong-nonce", one))
    v, watch = window()
    v.expected = ("401",)
    v.visit(f"/vote/{election}")
    answer = come_to_the_answer(v, one, "voter-1")
    v.visit("/")
    v.page.evaluate("""nonce => { const kept = JSON.parse(sessionStorage.getItem('ostraka.sign-ins'));
        kept[0].nonce = nonce; sessionStorage.setItem('ostraka.sign-ins', JSON.stringify(kept)) }""", "n" * 43)
    v.page.goto(answer)
    v.heading("Signing in did not work")
    v.look("sign-in-wrong-nonce")
    assert watch.statuses["sign-in"] == [401] and watch.exchanged[0]["nonce"] == "n" * 43
    press(v, "Sign in again")
    choose_and_send(v, "Song B")
    v.heading("Your vote counts")
    counts(system, election, b=1)
    assert watch.statuses["sign-in"] == [401, 200] and watch.different_codes == 2


def test_an_answer_that_comes_again_is_not_sent_again(system, one, window):
    election = system.create(contest_of("replayed", one))
    v, watch = window()
    v.expected = ("500",)  # the provider's page, gone back to when it is finished with
    held = []
    v.visit(f"/vote/{election}")
    v.page.route("**/v1/sign-in", lambda route: held.append(route) if is_exchange(route.request) else route.continue_())
    go_to(v, one)
    log_in(v, "voter-1")
    with v.page.expect_request(is_exchange):
        consent(v)
    v.heading("Signing you in")
    v.look("sign-in-under-way")
    assert is_at(v, one.redirect_path), "no code stays in the address"
    v.page.reload()  # whether the code is used up is not known
    v.heading("Signing in did not work")
    v.page.unroute("**/v1/sign-in")
    assert watch.sent == 1
    press(v, "Sign in again")
    v.heading("Best song")
    assert watch.sent == 2

    v.page.get_by_text("Song A").click()
    for n in (0, 1):
        v.page.goto(watch.callbacks[n])
        v.heading("There is no sign-in to finish here")
    v.page.go_back()
    v.page.go_back()
    v.heading("Best song")
    assert v.page.get_by_role("radio", name="Song A").is_checked()
    while history_of(v)[0] > 0:  # over the provider's pages, to where it began
        v.page.go_back()
    assert is_at(v, f"/vote/{election}")
    v.heading("Best song")
    assert watch.different_codes == watch.sent == 2
    choose_and_send(v, "Song B")
    v.heading("Your vote counts")
    counts(system, election, b=1)


# -- sessions that run out ----------------------------------------------------------------------------------------------


def test_sign_ins_that_run_out_are_renewed_and_every_vote_counts_once(system, one, window):
    election = system.create(contest_of("late", one))
    elsewhere = system.create(contest_of("late-elsewhere", one))
    one.clock(-ID_TOKEN_SECONDS - LEEWAY_SECONDS + 8)  # its ID tokens are good for so many seconds
    choosing, choosing_watch = window()
    sending, sending_watch = window()
    choosing.expected, sending.expected = ("401",), ("401", "ERR_FAILED")
    for v, account in ((choosing, "voter-1"), (sending, "voter-2")):
        v.visit(f"/vote/{election}")
        sign_in(v, one, account)
        v.heading("Best song")
    one.clock(0)

    def lose_the_answer(route):
        route.fetch()  # it arrives, and counts
        route.abort()

    sending.page.route("**/votes", lose_the_answer)
    choose_and_send(sending, "Song A")
    sending.page.get_by_text("We do not know yet whether your vote has arrived").wait_for()
    choosing.page.get_by_text("Song B").click()
    tokens = [json.loads(v.page.evaluate(f"sessionStorage.getItem('ostraka.vote.{election}')"))["idToken"]
              for v in (choosing, sending)]
    path = f"/v1/elections/{elsewhere}/ballot-tokens"
    eventually(lambda: all(system.request("POST", path, token=token).status == 401 for token in tokens))
    sending.page.reload()
    sending.heading("Please sign in again")
    sending.page.unroute("**/votes")  # not before: it would have heard the answer without a sign-in
    press(choosing, "Look it over")
    press(choosing, "Send my vote")
    for v, watch in ((choosing, choosing_watch), (sending, sending_watch)):
        v.heading("Please sign in again")
        v.look(f"sign-in-again-{'choosing' if v is choosing else 'sending'}")
        go_to(v, one)  # it knows the voter still
        v.heading("Your vote counts")
        assert watch.different_codes == 2 and watch.statuses["ballot-tokens"][-2:] == [401, 201]
    assert sending_watch.statuses["votes"] == [200] and choosing_watch.statuses["votes"] == [201]
    counts(system, election, a=1, b=1)


# -- several people, several providers ----------------------------------------------------------------------------------


def test_somebody_else_on_this_device_signs_in_anew(system, one, window):
    election = system.create(contest_of("family", one))
    v, watch = window()
    v.visit(f"/vote/{election}")
    sign_in(v, one, "voter-1")
    choose_and_send(v, "Song A")
    v.heading("Your vote counts")
    press(v, "Somebody else votes on this device")
    sign_in(v, one, "voter-2")
    v.heading("Best song")
    assert v.page.locator("input:checked").count() == 0
    choose_and_send(v, "Song B")
    v.heading("Your vote counts")
    counts(system, election, a=1, b=1)
    assert [asked.get("prompt") for asked in watch.asked] == [None, "login"]


def offered(v):
    return v.page.locator(".providers button").all_inner_texts()


def test_two_providers_and_one_person_who_has_both(system, providers, window):
    one, two = providers
    v, watch = window()
    everybody = system.create(song_contest("every-provider", eligibility={"claim": "email", "unique_by": "claim"}))
    v.visit(f"/vote/{everybody}")
    v.page.locator(".providers").wait_for()
    assert offered(v) == [f"Sign in with {one.title}", f"Sign in with {two.title}"]
    v.page.get_by_text("Test system: anyone may vote").wait_for()
    v.look("sign-in-two-providers")
    sign_in(v, one, "voter-1")
    choose_and_send(v, "Song A")
    v.heading("Your vote counts")
    press(v, "Somebody else votes on this device")
    v.expected = ("409",)
    sign_in(v, two, "voter-1")
    choose_and_send(v, "Song B")
    v.heading("Your vote already counts")
    counts(system, everybody, a=1)
    assert [sent["issuer"] for sent in watch.exchanged] == [one.issuer, two.issuer]

    only = system.create(contest_of("one-provider", two))
    v.visit(f"/vote/{only}")
    v.page.locator(".providers").wait_for()
    assert offered(v) == [f"Sign in with {two.title}"]
    assert v.page.get_by_role("textbox").count() == 0
    assert v.page.get_by_text("Test system").count() == 0, "not anyone may vote here"
    go_to(v, two)  # it knows the voter still
    choose_and_send(v, "Song B")
    v.heading("Your vote counts")
    counts(system, only, b=1)


def test_the_administration_page_warns_when_one_person_could_vote_twice(system, providers, visitor):
    one, two = providers
    v = visitor(viewport=DESKTOP)
    v.expected = ("422",)  # how the page asks whether a token is good
    v.visit("/administration")
    v.page.get_by_label("Administration token").fill(system.admin_token)
    press(v, "Sign in")
    press(v, "New election")
    v.page.get_by_label("Title", exact=True).fill("Two providers")
    v.page.get_by_label("Short name for addresses").fill("two-providers")
    v.page.get_by_label("What is asked").fill("Shall it be?")
    v.page.get_by_label("Question 1, option 1").fill("Yes")
    v.page.get_by_label("Question 1, option 2").fill("No")
    warning = v.page.get_by_text("could vote more than once")
    v.page.get_by_label(one.issuer).check()
    warning.wait_for(state="detached")
    v.page.get_by_label(two.issuer).check()
    warning.wait_for()
    v.look("sign-in-administration-twice")
    press(v, "Save")
    v.heading("Two providers")
    rules = system.request("GET", "/v1/elections/two-providers").json["eligibility"]
    assert sorted(rules["issuers"]) == sorted([one.issuer, two.issuer]) and rules["unique_by"] == "issuer"

    press(v, "Edit")
    warning.wait_for()
    v.page.get_by_label("The claim that tells people apart").fill("email")
    v.page.get_by_label("The same claim from two providers is one person").check()
    warning.wait_for(state="detached")
    press(v, "Save")
    v.heading("Two providers")
    rules = system.request("GET", "/v1/elections/two-providers").json["eligibility"]
    assert (rules["claim"], rules["unique_by"]) == ("email", "claim")
