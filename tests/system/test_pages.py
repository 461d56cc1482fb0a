"""What voters and watchers see, in a real browser."""

import re
import time

import pytest

from ostraka import Client, eventually, song_contest
from pages import AXE, CHROMIUM, DESKTOP, every_method

if CHROMIUM is None or not AXE.exists():
    pytest.skip("no chromium, or the pages were not built: ./test installs both", allow_module_level=True)


def counted(system, election):
    return system.results(election)["ballots"]["counted"]


# -- voting -----------------------------------------------------------------------------------------------------------


def test_a_vote_by_keyboard_alone_on_a_phone(system, visitor):
    election = system.create(every_method("keyboard"))
    v = visitor()
    v.visit(f"/vote/{election}")
    v.heading("Sign in to vote")
    v.look("vote-1-sign-in")
    v.tab_to("Your name")
    v.page.keyboard.type("keyboard voter")
    v.press("Enter")

    v.heading("An evening of songs")
    v.page.wait_for_function("() => document.activeElement.innerText === 'An evening of songs'")  # a new step is announced
    v.press("Tab", "Tab")
    v.tab_to("Next")
    v.press("Enter")
    assert v.page.get_by_role("alert").inner_text() == "Please choose at least 1."
    v.press("Shift+Tab")  # into the choices, from behind
    v.press("Space", "ArrowDown")
    v.look("vote-2-single")
    v.tab_to("Next")
    v.press("Enter")

    v.page.get_by_text("Question 2 of 4").wait_for()
    for option in ("Harbour Lights", "One More Dawn"):
        v.tab_to(option)
        v.press("Space")
    v.page.get_by_text("You have chosen 2.").wait_for()
    assert v.page.get_by_role("checkbox", name="Paper Moon").is_disabled()
    v.look("vote-3-approval")
    v.tab_to("Next")
    v.press("Enter")

    v.page.get_by_text("Question 3 of 4").wait_for()
    for option in ("Add Harbour Lights", "Add Paper Moon"):
        v.tab_to(option)
        v.press("Enter")
    v.tab_to("Move Paper Moon up")
    v.press("Enter")
    v.page.get_by_text("Paper Moon is now at place 1 of 2.").wait_for()
    v.look("vote-4-ranked")
    v.tab_to("Next")
    v.press("Enter")

    v.page.get_by_text("Question 4 of 4").wait_for()
    v.page.locator("input[type=radio]").first.focus()
    v.press("ArrowRight", "ArrowRight", "ArrowRight")
    v.look("vote-5-score")
    v.tab_to("Look it over")
    v.press("Enter")

    v.heading("Is this your vote?")
    order = v.page.locator("section", has_text="In which order?").get_by_role("listitem").all_inner_texts()
    assert order == ["Paper Moon", "Harbour Lights"]
    assert v.page.locator("section", has_text="How good").get_by_role("listitem").all_inner_texts() == ["Harbour Lights: 2"]
    assert counted(system, election) == 0, "nothing is cast before the voter says so"
    v.look("vote-6-review")
    v.tab_to("Send my vote")
    v.press("Enter")

    v.heading("Your vote counts")
    v.look("vote-7-receipt")
    system.results_when(election, lambda r: r["ballots"]["counted"] == 1)


def test_a_vote_with_the_mouse_at_a_desk_and_drawing_the_order(system, visitor):
    election = system.create(every_method("mouse"))
    v = visitor(viewport=DESKTOP, color_scheme="dark")
    v.visit(f"/vote/{election}")
    v.sign_in("mouse voter")
    v.page.get_by_text("Paper Moon").click()
    v.page.get_by_role("button", name="Next").click()
    v.page.get_by_text("Harbour Lights").click()
    v.page.get_by_role("button", name="Next").click()
    for option in ("Harbour Lights", "Paper Moon", "One More Dawn"):
        v.page.get_by_role("button", name=f"Add {option}").click()
    grip = v.page.locator("ol li", has_text="One More Dawn").locator(".grip").bounding_box()
    first = v.page.locator("ol li").first.bounding_box()
    v.page.mouse.move(grip["x"] + 5, grip["y"] + 10)
    v.page.mouse.down()
    # The list has the pointer: an item that moves in the document loses it in some browsers.
    assert v.page.locator("ol.order").evaluate("list => list.hasPointerCapture(1)")
    v.page.mouse.move(grip["x"] + 5, first["y"] + 2, steps=8)
    v.page.mouse.up()
    v.look("vote-drawn-dark")
    titles = v.page.locator("ol li .title").all_inner_texts()
    assert titles == ["One More Dawn", "Harbour Lights", "Paper Moon"]
    v.page.get_by_role("button", name="Next").click()
    v.page.get_by_role("button", name="Look it over").click()
    v.page.get_by_role("button", name="Send my vote").click()
    v.heading("Your vote counts")
    receipt = v.page.locator("dd.mark").inner_text()
    assert re.fullmatch(r"[0-9a-f]{32}", receipt)


def test_a_receipt_without_a_clipboard_is_marked_to_be_copied_by_hand(system, visitor):
    election = system.create(song_contest("clipboard"))
    v = visitor()
    v.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    start_sending(v, election, "by hand")
    v.heading("Your vote counts")
    v.page.get_by_role("button", name="Copy").click()
    v.page.get_by_text("does not let this page copy").wait_for()
    marked = v.page.evaluate("(e => e.value.slice(e.selectionStart, e.selectionEnd))(document.activeElement)")
    assert re.fullmatch(rf"{election}/\d+/\d+/[0-9a-f]{{32}}", marked)
    v.look("vote-receipt-marked")


def test_voting_again_shows_that_the_vote_counts_already(system, visitor):
    election = system.create(song_contest("again"))
    receipts = []
    for option, heading in (("Song A", "Your vote counts"), ("Song A", "Your vote already counts"),
                            ("Song B", "Your vote already counts")):
        v = visitor()
        v.visit(f"/vote/{election}")
        v.sign_in("the same voter")
        v.page.get_by_text(option).click()
        v.page.get_by_role("button", name="Look it over").click()
        v.page.get_by_role("button", name="Send my vote").click()
        v.heading(heading)
        receipts.append(v.page.locator("dd").nth(1).inner_text())
        v.expected = ("409",)  # the browser writes every refusal on its console
    assert len(set(receipts)) == 1
    system.results_when(election, lambda r: r["ballots"]["counted"] == 1)


def test_two_people_vote_on_one_device(system, visitor):
    election = system.create(song_contest("family"))
    v = visitor()
    v.visit(f"/vote/{election}")
    for name, option in (("mother", "Song A"), ("daughter", "Song B")):
        v.sign_in(name)
        v.heading("Best song")
        assert v.page.locator("input:checked").count() == 0, "the choices of the one before"
        v.page.get_by_text(option).click()
        v.page.get_by_role("button", name="Look it over").click()
        v.page.get_by_role("button", name="Send my vote").click()
        v.heading("Your vote counts")
        v.page.get_by_role("button", name="Somebody else").click()
        v.heading("Sign in to vote")
    result = system.results_when(election, lambda r: r["ballots"]["counted"] == 2)
    assert [o["votes"] for o in result["contests"][0]["options"]] == [1, 1]


def start_sending(v, election, name):
    v.visit(f"/vote/{election}")
    v.sign_in(name)
    v.page.get_by_text("Song A").click()
    v.page.get_by_role("button", name="Look it over").click()
    v.page.get_by_role("button", name="Send my vote").click()


def test_a_network_that_breaks_while_voting_leaves_nobody_in_doubt(system, visitor):
    election = system.create(song_contest("train"))
    v = visitor()
    v.expected = ("Failed to load resource",)
    sent = []
    is_lost = True

    def lose_the_answer(route):
        if not is_lost:
            return route.continue_()
        sent.append(route.request.post_data)
        route.fetch()  # it arrives, and counts
        return route.abort()

    v.page.route("**/votes", lose_the_answer)
    start_sending(v, election, "on a train")
    v.page.get_by_text("We do not know yet whether your vote has arrived").wait_for()
    v.look("vote-still-sending")
    deadline = time.monotonic() + 20
    while len(sent) < 2 and time.monotonic() < deadline:
        v.page.wait_for_timeout(50)  # the browser's requests are handled meanwhile
    assert len(sent) >= 2
    is_lost = False
    v.heading("Your vote counts")
    assert len(set(sent)) == 1, "the same request, again and again"
    system.results_when(election, lambda r: r["ballots"]["counted"] == 1)


def test_a_reload_loses_neither_the_choices_nor_the_vote_that_is_on_its_way(system, visitor):
    election = system.create(song_contest("reload"))
    v = visitor()
    v.expected = ("Failed to load resource",)
    v.visit(f"/vote/{election}")
    v.sign_in("impatient")
    v.page.get_by_text("Song B").click()
    v.page.reload()
    v.heading("Best song")
    assert v.page.get_by_role("radio", name="Song B").is_checked()
    v.page.route("**/votes", lambda route: route.abort())
    v.page.get_by_role("button", name="Look it over").click()
    v.page.get_by_role("button", name="Send my vote").click()
    v.page.get_by_text("We do not know yet whether your vote has arrived").wait_for()
    v.page.unroute("**/votes")
    v.page.reload()
    v.heading("Your vote counts")
    kept = v.page.evaluate("JSON.stringify(sessionStorage)")
    assert '\\"b\\"' not in kept and "id_token" not in kept and "idToken" not in kept, "choices and sign-in are forgotten"
    v.page.reload()
    v.heading("Your vote counts")
    result = system.results_when(election, lambda r: r["ballots"]["counted"] == 1)
    assert {o["id"]: o["votes"] for o in result["contests"][0]["options"]} == {"a": 0, "b": 1}


def test_a_session_that_ran_out_asks_for_a_sign_in_and_keeps_the_choices(system, visitor):
    election = system.create(song_contest("late"))
    v = visitor()
    v.expected = ("401",)
    expired = {"type": "/problems/invalid-sign-in", "title": "Invalid sign-in", "status": 401}
    v.page.route("**/ballot-tokens", lambda route: route.fulfill(status=401, json=expired), times=1)
    start_sending(v, election, "slow voter")
    v.heading("Please sign in again")
    v.look("vote-sign-in-again")
    v.sign_in("slow voter")
    v.heading("Your vote counts")
    result = system.results_when(election, lambda r: r["ballots"]["counted"] == 1)
    assert result["contests"][0]["options"][0]["votes"] == 1


def test_another_person_who_signs_in_again_does_not_cast_the_choices_of_the_one_before(system, visitor):
    election = system.create(song_contest("tablet"))
    v = visitor()
    v.expected = ("401",)
    expired = {"type": "/problems/invalid-sign-in", "title": "Invalid sign-in", "status": 401}
    v.page.route("**/ballot-tokens", lambda route: route.fulfill(status=401, json=expired), times=1)
    start_sending(v, election, "first person")
    v.heading("Please sign in again")
    v.sign_in("second person")
    v.heading("Best song")
    assert v.page.locator("input:checked").count() == 0
    assert counted(system, election) == 0


def test_a_vote_that_is_refused_is_explained_in_the_readers_language(system, visitor):
    election = system.create(song_contest("refused-vote"))
    v = visitor(locale="de-DE")
    v.expected = ("422",)
    problem = {"type": "/problems/invalid-ballot", "title": "Invalid ballot", "status": 422, "detail": "must be an array"}
    v.page.route("**/votes", lambda route: route.fulfill(status=422, json=problem))
    v.visit(f"/vote/{election}")
    v.sign_in("somebody", "Weiter")
    v.page.get_by_text("Song A").click()
    for _ in range(2):
        v.page.locator("button.main").click()
    v.page.get_by_text("sehen Sie Ihre Auswahl an").wait_for()
    assert v.page.locator("[lang=en].service-words").inner_text() == "must be an array"
    v.look("vote-refused-de")


def test_before_and_after_the_vote(system, visitor):
    election = system.create(song_contest("times"), state="draft")
    v = visitor()
    v.visit(f"/vote/{election}")
    v.heading("Voting has not begun")
    v.look("vote-not-yet")
    assert system.admin("POST", f"/v1/elections/{election}/open").status == 200
    v.heading("Sign in to vote")  # by itself
    assert system.vote(election, "early", {"song": ["a"]}).status == 201
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    late = visitor()
    late.expected = ("403", "409")
    late.visit(f"/vote/{election}")
    late.heading("Voting has ended")
    late.look("vote-closed")
    late.page.get_by_role("button", name="Did my vote count?").click()
    late.sign_in("early")
    late.heading("Your vote counts")
    other = visitor()
    other.expected = ("403",)
    other.visit(f"/vote/{election}")
    other.page.get_by_role("button", name="Did my vote count?").click()
    other.sign_in("nobody")
    other.heading("Voting has ended before your vote arrived")
    assert system.admin("POST", f"/v1/elections/{election}/certify").status == 200
    sealed = visitor()
    sealed.expected = ("403", "409")
    sealed.page.add_init_script(f"""sessionStorage.setItem("ostraka.vote.{election}",
        JSON.stringify({{step: "sending", ballot: {{song: ["a"]}}, idToken: {system.sign_in("early")!r}}}))""")
    sealed.visit(f"/vote/{election}")
    sealed.heading("The result is sealed")  # not that no vote counts: one does
    nowhere = visitor()
    nowhere.expected = ("404",)
    nowhere.visit("/vote/there-is-none")
    nowhere.heading("There is no such election")


# -- results ----------------------------------------------------------------------------------------------------------


def test_the_result_moves_within_a_second_of_a_vote_elsewhere(system, visitor):
    election = system.create(song_contest("live"))
    v = visitor(viewport=DESKTOP)
    v.visit(f"/results/{election}")
    v.page.get_by_text("0 ballots count", exact=True).wait_for()
    tokens = [system.ballot_token(election, f"voter-{i}") for i in range(5)]
    delays = []
    for n, token in enumerate(tokens, start=1):
        begun = time.monotonic()
        assert system.vote(election, "", {"song": ["b"]}, token=token).status == 201
        v.page.locator(".state", has_text=f"{n} ballot").wait_for()
        delays.append(time.monotonic() - begun)
    assert max(delays) < 1, delays
    assert v.page.get_by_role("row", name="Song B").get_by_role("cell").all_inner_texts() == ["5", "100.0%"]
    v.look("results-live")
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    v.page.get_by_text("Final result", exact=True).wait_for()
    v.page.get_by_text("winner").wait_for()


def test_the_result_goes_on_over_a_restart_of_the_gateway(fresh, visitor):
    system = fresh.start()
    election = system.create(song_contest("restart"))
    v = visitor(system=system)
    v.expected = ("Failed to load resource", "ERR_")
    v.visit(f"/results/{election}")
    assert system.vote(election, "first", {"song": ["a"]}).status == 201
    v.page.get_by_text("1 ballot counts", exact=True).wait_for()
    system.kill("gateway")
    eventually(lambda: system.vote(election, "second", {"song": ["a"]}).status == 201)
    v.page.get_by_text("2 ballots count", exact=True).wait_for()


def test_ranked_rounds_step_by_step(system, visitor):
    options = [{"id": x, "title": x.upper()} for x in "abc"]
    election = system.create({"id": "rounds", "title": "Rounds", "contests": [
        {"id": "c", "title": "In order", "method": "ranked", "options": options}]})
    for i, order in enumerate((["a"], ["a"], ["b"], ["b"], ["b"], ["c", "a"], ["c", "a"])):
        assert system.vote(election, f"r{i}", {"c": order}).status == 201
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    system.results_when(election, lambda r: r["final"])
    v = visitor()
    v.visit(f"/results/{election}")
    v.page.get_by_text("Round by round").click()
    rounds = v.page.locator(".rounds")
    last = rounds.locator("caption").inner_text()
    assert last.startswith("Round 2 of 2")
    rounds.get_by_role("button", name="Earlier round").click()
    assert rounds.locator("caption").inner_text().startswith("Round 1 of 2")
    assert "Out after this round" in rounds.inner_text()
    v.look("results-rounds")


def test_a_hidden_result_says_when_it_opens_and_opens_by_itself(system, visitor):
    closes = "2099-12-31T20:00:00Z"
    election = system.create(song_contest("embargo", results="after_close", closes_at=closes))
    v = visitor()
    v.expected = ("403",)
    v.visit(f"/results/{election}")
    v.heading("The result is shown when voting has ended")
    v.page.get_by_text("2099").wait_for()
    v.look("results-hidden")
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    v.page.get_by_text("Final result", exact=True).wait_for()


@pytest.mark.parametrize("results", ["live", "after_close"])
def test_an_end_that_is_moved_shows_on_the_results_page(system, visitor, results):
    election = system.create(song_contest(f"moved-{results.replace('_', '-')}", results=results, closes_at="2098-12-31T12:00:00Z"))
    v = visitor()
    v.expected = ("403",)
    v.page.clock.install()
    v.visit(f"/results/{election}")
    v.page.get_by_text("2098").wait_for()
    assert system.admin("PATCH", f"/v1/elections/{election}", {"closes_at": "2099-06-30T12:00:00Z"}).status == 200
    v.page.clock.fast_forward(60_000)
    v.page.get_by_text("2099").wait_for()


# -- everywhere -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language, direction, sign_in", [("de", "ltr", "Zum Abstimmen anmelden"), ("en-XB", "rtl", None)])
def test_other_languages_on_the_narrowest_phone(system, visitor, language, direction, sign_in):
    election = system.create(every_method(f"language-{language.lower()}"))
    v = visitor(viewport={"width": 320, "height": 640}, locale="de-DE" if language == "de" else "en-GB")
    asked = "" if language == "de" else f"?lang={language}"
    v.visit(f"/vote/{election}{asked}")
    v.page.get_by_role("textbox").wait_for()
    if sign_in is not None:
        v.heading(sign_in)
    assert v.page.evaluate("document.documentElement.dir") == direction
    v.page.get_by_role("textbox").fill("somebody")
    v.page.locator("button.main").click()
    v.page.get_by_role("radio").first.check()
    v.look(f"vote-{language}")
    v.page.locator("button.main").click()
    v.page.get_by_role("checkbox").first.check()
    v.page.locator("button.main").click()
    for _ in range(3):
        v.page.locator("button.add").first.click()
    v.look(f"vote-ranked-{language}")
    v.visit(f"/results/{election}{asked}")
    v.page.get_by_role("table").first.wait_for()
    v.look(f"results-{language}")


def test_texts_of_a_definition_stay_texts(system, visitor):
    evil = '<img src=x onerror="document.title=\'broken\'">{{7*7}}</title><script>document.title="broken"</script>'
    election = system.create({"id": "evil", "title": evil, "description": evil, "contests": [
        {"id": "c", "title": evil, "method": "single", "options": [
            {"id": "a", "title": evil, "description": evil}, {"id": "b", "title": "javascript:alert(1)"}]}]})
    v = visitor()
    v.visit(f"/vote/{election}")
    v.sign_in(evil[:60])
    v.page.get_by_text("<img src=x").first.wait_for()
    v.page.get_by_role("radio").first.check()
    v.page.get_by_role("button", name="Look it over").click()
    v.page.get_by_role("button", name="Send my vote").click()
    v.heading("Your vote counts")
    v.visit(f"/results/{election}")
    v.page.get_by_role("table").wait_for()
    v.page.get_by_text("<img src=x").first.wait_for()
    assert v.page.title() != "broken" and v.page.locator("img").count() == 0
    v.visit("/")
    v.page.get_by_text("<img src=x").first.wait_for()
    assert v.page.title() != "broken" and v.page.locator("img").count() == 0


def test_voting_cannot_be_framed_and_the_embedded_result_can(system, visitor):
    election = system.create(song_contest("framed"))
    v = visitor()
    v.expected = ("frame", "ERR_BLOCKED")
    v.page.route("http://elsewhere.invalid/**", lambda route: route.fulfill(
        content_type="text/html", body=f'<iframe id="vote" src="{system.server}/vote/{election}"></iframe>'
                                       f'<iframe id="embed" src="{system.server}/embed/{election}"></iframe>'))
    v.page.goto("http://elsewhere.invalid/")
    v.page.frame_locator("#embed").get_by_role("table").wait_for()
    assert v.page.frame_locator("#vote").get_by_role("heading").count() == 0
    assert v.page.frame_locator("#embed").get_by_role("link").count() == 0, "it is read only"


def test_files_are_compressed_and_kept_and_nothing_is_cast_by_a_get(system):
    election = system.create(song_contest("files"))
    client = Client(system.port)
    page = client.request("GET", f"/vote/{election}", headers={"Accept-Encoding": "identity"})
    assert page.status == 200 and page.headers["Cache-Control"] == "public, no-cache"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    again = client.request("GET", f"/vote/{election}", headers={"If-None-Match": page.headers["ETag"],
                                                                "Accept-Encoding": "identity"})
    assert (again.status, again.body) == (304, b"")
    assets = re.findall(r'"(/assets/[^"]+)"', page.body.decode())
    assert assets
    for asset in assets:
        if len(client.request("GET", asset).body) <= 256:
            continue  # too small to be worth it
        sizes = {}
        for coding in ("identity", "gzip", "br"):
            answer = client.request("GET", asset, headers={"Accept-Encoding": coding})
            assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"]
            assert answer.headers.get("Content-Encoding", "identity") == coding
            assert answer.headers["Vary"] == "Accept-Encoding"
            sizes[coding] = len(answer.body)
        assert sizes["br"] < sizes["gzip"] < sizes["identity"]
    assert client.request("GET", f"/vote/{election}?ballot=a&send=1").status == 200
    assert client.request("POST", f"/vote/{election}").status == 405
    for path in ("/assets/../vote.html", "/assets/%2e%2e/vote.html", "/assets/nothing.js", "/vote.html", "/assets/"):
        assert client.request("GET", path).status in (400, 404), path
    assert counted(system, election) == 0
    client.close()


# -- administration ---------------------------------------------------------------------------------------------------


def test_an_election_from_its_draft_to_its_certified_result_on_the_administration_page(system, visitor):
    v = visitor(viewport=DESKTOP)
    v.expected = ("401", "422")
    v.visit("/administration")
    v.heading("Administration")
    v.look("administration-1-sign-in")
    v.page.get_by_label("Administration token").fill("wrong")
    v.page.get_by_role("button", name="Sign in").click()
    v.page.get_by_text("This token is not accepted.").wait_for()
    v.page.get_by_label("Administration token").fill(system.admin_token)
    v.page.get_by_role("button", name="Sign in").click()
    v.page.get_by_role("button", name="New election").click()

    v.heading("New election")
    v.page.get_by_label("Short name for addresses").fill("from-the-page")
    v.page.get_by_label("Question 1, option 1").fill("=Yes")
    v.page.get_by_label("Question 1, option 2").fill("No")
    v.page.get_by_role("button", name="Save").click()
    v.page.get_by_text("not right yet").wait_for()
    title = v.page.get_by_label("Title", exact=True)
    assert title.get_attribute("aria-invalid") == "true"
    assert v.page.evaluate("document.activeElement.id") == "field-title", "the first mistake has the focus"
    title.fill("A budget for the park")
    v.page.get_by_label("What is asked").fill("Shall it be built?")
    preview = v.page.get_by_label("The ballot")
    preview.get_by_role("radio", name="=Yes").check()
    v.look("administration-2-draft")
    v.page.get_by_role("button", name="Save").click()

    v.heading("A budget for the park")
    v.page.get_by_role("button", name="Edit").click()
    v.heading("Edit the draft")
    v.page.get_by_role("button", name="Add an option").click()
    v.page.get_by_label("Question 1, option 3").fill("Later")
    v.page.get_by_role("button", name="Save").click()
    v.heading("A budget for the park")
    v.page.get_by_role("button", name="Open voting").click()
    v.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert system.request("GET", "/v1/elections/from-the-page").json["state"] == "draft", "asked before it is done"
    v.page.get_by_role("button", name="Open voting").click()
    v.page.get_by_role("dialog").get_by_role("button", name="Open voting").click()
    v.page.get_by_text("Voting is open.").wait_for()
    assert [o["title"] for o in system.request("GET", "/v1/elections/from-the-page").json["contests"][0]["options"]] == [
        "=Yes", "No", "Later"]

    for i in range(3):
        ballot = {system.request("GET", "/v1/elections/from-the-page").json["contests"][0]["id"]: ["yes"]}
        assert system.vote("from-the-page", f"citizen-{i}", ballot).status == 201
    v.page.get_by_text("3 ballots count").wait_for()
    v.page.get_by_label("Closes").fill("2099-01-01T12:00:00")
    v.page.get_by_role("button", name="Move the end").click()
    v.page.get_by_text("The end has been moved.").wait_for()
    assert system.request("GET", "/v1/elections/from-the-page").json["closes_at"].startswith("2099-01-01T")
    v.look("administration-3-open")
    v.page.get_by_role("button", name="Close voting").click()
    v.page.get_by_role("dialog").get_by_role("button", name="Close voting").click()
    v.page.get_by_text("Voting is closed.").wait_for()
    v.page.get_by_role("button", name="Certify the result").click()
    v.page.get_by_role("dialog").get_by_role("button", name="Certify the result").click()
    v.page.get_by_text("The result is certified.").wait_for()
    assert system.request("GET", "/v1/elections/from-the-page").json["state"] == "certified"

    files = {}
    for button in ("Result as CSV", "Result as JSON", "Turnout as CSV", "Turnout as JSON"):
        with v.page.expect_download() as download:
            v.page.get_by_role("button", name=button).click()
        files[button] = download.value.path().read_text()
    assert "\"'=Yes\",3,1,yes" in files["Result as CSV"], "a spreadsheet must not run it"
    assert files["Turnout as CSV"].splitlines()[0] == "election,at,counted" and ",3" in files["Turnout as CSV"]
    assert '"final": true' in files["Result as JSON"]
    v.look("administration-4-certified")


def test_the_administration_page_on_a_phone_in_german(system, visitor):
    v = visitor(locale="de-DE", color_scheme="dark")
    v.expected = ("422",)  # how the page asks whether a token is good
    v.visit("/administration")
    v.heading("Verwaltung")
    v.page.get_by_label("Verwaltungsschlüssel").fill(system.admin_token)
    v.page.get_by_role("button", name="Anmelden").click()
    v.page.get_by_role("button", name="Neue Abstimmung").wait_for()
    v.look("administration-list-de")
    v.page.get_by_role("button", name="Neue Abstimmung").click()
    v.heading("Neue Abstimmung")
    v.look("administration-draft-de")
    v.page.reload()
    v.page.get_by_role("button", name="Neue Abstimmung").wait_for()  # still signed in
    v.page.get_by_role("button", name="Abmelden").click()
    v.heading("Verwaltung")
    assert v.page.evaluate("JSON.stringify(sessionStorage)").find(system.admin_token) < 0


def administrate(system, visitor, **context):
    v = visitor(**context)
    v.expected = ("422", "409")
    v.visit("/administration")
    v.page.locator("input[type=password]").fill(system.admin_token)
    v.page.locator("button.main").click()
    v.page.locator("button.main:not([type=submit])").wait_for()
    return v


def test_a_list_that_was_overtaken_does_not_bring_an_old_state_back(system, visitor):
    election = system.create(song_contest("overtaken", title="Overtaken"), state="draft")
    v = administrate(system, visitor)
    v.page.get_by_role("button", name="Overtaken").click()
    v.heading("Overtaken")
    held = []
    v.page.route("**/v1/elections", lambda route: held.append((route, route.fetch())))
    eventually(lambda: v.page.wait_for_timeout(50) or held)
    v.page.get_by_role("button", name="Open voting").click()
    v.page.get_by_role("dialog").get_by_role("button", name="Open voting").click()
    v.page.locator(".state", has_text="open").wait_for()
    route, answer = held[0]
    assert [e["state"] for e in answer.json() if e["id"] == election] == ["draft"]
    with v.page.expect_response("**/v1/elections"):
        route.fulfill(response=answer)
    v.page.wait_for_timeout(200)  # for the page to show it, if it did
    assert v.page.locator(".state strong").inner_text() == "open"
    v.page.unroute("**/v1/elections")
    for route, answer in held[1:]:
        route.fulfill(response=answer)


def test_a_mistake_stays_with_its_row_and_the_service_is_quoted_in_its_own_language(system, visitor):
    v = administrate(system, visitor, locale="de-DE")
    v.page.get_by_role("button", name="Neue Abstimmung").click()
    v.page.get_by_label("Titel", exact=True).fill("Zeilen")
    v.page.get_by_label("Was gefragt wird").fill("Welche?")
    v.page.get_by_label("Frage 1, Möglichkeit 1").fill("Erste")
    v.page.get_by_role("button", name="Speichern").click()
    wrong = v.page.locator("[aria-invalid=true]")
    wrong.wait_for()
    said = v.page.locator(f"#{wrong.get_attribute('id')}-problem")
    assert said.inner_text().startswith("Das muss ausgefüllt")
    assert said.locator("[lang=en]").inner_text() == "an option needs a title or an id"
    v.look("administration-mistake-de")
    v.page.get_by_role("button", name="Möglichkeit 2 nach oben").click()
    v.page.wait_for_function("() => document.querySelector('ol.rows li:first-child [aria-invalid=true]') !== null")
    assert v.page.get_by_label("Frage 1, Möglichkeit 1").get_attribute("aria-invalid") == "true"
    v.page.get_by_role("button", name="Möglichkeit 1 entfernen").click()
    wrong.wait_for(state="detached")


def test_what_is_refused_is_said_in_the_readers_language(system, visitor):
    election = system.create(song_contest("refused", title="Refused"), state="draft")
    v = administrate(system, visitor, locale="de-DE")
    v.page.get_by_role("button", name="Refused").click()
    v.heading("Refused")
    v.page.get_by_role("button", name="Abstimmung öffnen").click()
    for act in ("open", "close"):  # elsewhere, meanwhile
        assert system.admin("POST", f"/v1/elections/{election}/{act}").status == 200
    v.page.get_by_role("dialog").get_by_role("button", name="Abstimmung öffnen").click()
    alert = v.page.get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text().startswith("Das geht nicht in dem Zustand")
    assert alert.locator("[lang=en]").inner_text() != ""


def test_turnout_that_was_seen_survives_a_reload(system, visitor):
    election = system.create(song_contest("turnout", title="Turnout"))
    v = administrate(system, visitor)

    def seen():
        v.page.get_by_role("button", name="Turnout", exact=True).click()
        v.page.locator("figcaption", has_text="since").wait_for()
        v.page.locator(".turnout summary").click()

    seen()
    since = v.page.locator("figcaption").inner_text()
    assert system.vote(election, "first", {"song": ["a"]}).status == 201
    v.page.locator(".turnout td.figure", has_text="1").wait_for()
    v.page.reload()
    seen()
    v.page.locator(".turnout td.figure", has_text="1").wait_for()
    line = v.page.locator(".turnout polyline").get_attribute("points").split()
    assert line[0] == "0,300" and line[-1].endswith(",0"), "it begins with no ballot, before the reload"
    assert v.page.locator("figcaption").inner_text() == since
