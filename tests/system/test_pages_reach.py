"""Whom the pages reach: by keyboard alone, from right to left, on the smallest and the largest screens, without motion, in
the dark, and over a slow network."""

import time

import pytest

from ostraka import song_contest
from pages import AXE, CHROMIUM, DESKTOP, PHONE, every_method

if CHROMIUM is None or not AXE.exists():
    pytest.skip("no chromium, or the pages were not built: ./test installs both", allow_module_level=True)

SIZES = {"phone": PHONE, "desktop": DESKTOP}
NARROWEST = {"width": 320, "height": 640}
LARGEST = {"width": 3840, "height": 2160}
BACKWARDS = "?lang=en-XB"


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


def ranked(election):
    return {"id": election, "title": "In order", "contests": [
        {"id": "c", "title": "In which order?", "method": "ranked",
         "options": [{"id": x, "title": x.upper()} for x in "abc"]}]}


def voted_in_rounds(system, election):
    """A ranked election with its final result, which took two rounds."""
    system.create(ranked(election))
    for i, order in enumerate((["a"], ["a"], ["b"], ["b"], ["b"], ["c", "a"], ["c", "a"])):
        assert system.vote(election, f"{election}-{i}", {"c": order}).status == 201
    assert system.admin("POST", f"/v1/elections/{election}/close").status == 200
    system.results_when(election, lambda r: r["final"])
    return election


def is_focused(v, text):
    """Waits until what has the focus says so."""
    v.page.wait_for_function(
        """text => { const e = document.activeElement;
            return (e.getAttribute('aria-label') ?? e.innerText).startsWith(text) }""", arg=text)


# -- by keyboard alone --------------------------------------------------------------------------------------------------


def test_the_results_page_by_keyboard(system, visitor, size):
    election = voted_in_rounds(system, f"keys-results-{size}")
    v = visitor(viewport=SIZES[size])
    v.visit(f"/results/{election}")
    v.page.get_by_text("Final result", exact=True).wait_for()
    v.look(f"keys-results-1-{size}")
    v.tab_to("Round by round")
    v.press("Enter")
    rounds = v.page.locator(".rounds caption")
    assert rounds.inner_text() == "Round 2 of 2"
    v.look(f"keys-results-2-{size}")
    v.tab_to("Earlier round")
    v.press("Enter")
    assert rounds.inner_text() == "Round 1 of 2"
    is_focused(v, "Later round")  # there is no earlier one: the focus is not lost
    v.press("Enter")
    assert rounds.inner_text() == "Round 2 of 2"
    is_focused(v, "Earlier round")
    v.look(f"keys-results-3-{size}")
    v.tab_to("Language")
    v.page.keyboard.type("Deu")
    v.heading("Ergebnis: In order")
    assert v.page.evaluate("document.activeElement.value") == "de", "the focus stays where it was"
    v.look(f"keys-results-4-{size}")


def test_an_order_by_keyboard_never_loses_the_focus(system, visitor):
    v = visitor()
    v.visit(f"/vote/{system.create(ranked('keys-order'))}")
    v.sign_in("somebody")
    v.heading("In order")
    v.tab_to("Add A")
    v.press("Enter")
    is_focused(v, "Add B")  # the next that can be added
    v.press("Enter")
    is_focused(v, "Add C")
    v.press("Enter")
    is_focused(v, "Move C up")  # nothing is left to add
    v.press("Enter")
    is_focused(v, "Move C up")
    v.press("Enter")
    is_focused(v, "Move C down")  # it is the first
    v.press("ArrowDown")
    is_focused(v, "Move C down")
    v.press("Enter")
    is_focused(v, "Move C up")  # it is the last
    assert v.page.locator("ol li .title").all_inner_texts() == ["A", "B", "C"]
    v.press("Tab")
    is_focused(v, "Take out C")
    v.press("Enter")
    is_focused(v, "Take out B")
    v.press("Enter")
    is_focused(v, "Take out A")
    v.press("Enter")
    is_focused(v, "Add A")
    v.look("keys-order")


def test_the_administration_page_by_keyboard(system, visitor, size):
    election = f"keys-administration-{size}"
    v = visitor(viewport=SIZES[size])
    v.expected = ("422",)
    v.visit("/administration")
    v.heading("Administration")
    v.tab_to("Administration token")
    v.page.keyboard.type(system.admin_token)
    v.press("Enter")
    v.page.get_by_role("button", name="New election").wait_for()
    v.look(f"keys-administration-1-list-{size}")
    v.tab_to("New election")
    v.press("Enter")

    v.heading("New election")
    v.look(f"keys-administration-2-draft-{size}")
    for label, text in (("Title", "A bench"), ("Short name", election), ("What is asked", "Where shall it stand?"),
                        ("Question 1, option 1", "By the lake"), ("Question 1, option 2", "Under the oak")):
        v.tab_to(label)
        v.page.keyboard.type(text)
    v.tab_to("Move option 2 up")
    v.press("Enter")
    is_focused(v, "Move option 1 down")  # it is the first now: the focus goes with it
    v.press("Enter")
    is_focused(v, "Move option 2 up")
    v.tab_to("Add an option")
    v.press("Enter")
    v.page.get_by_label("Question 1, option 3").wait_for()
    v.press("Shift+Tab")
    is_focused(v, "Remove option 3")
    v.press("Enter")
    v.page.get_by_label("Question 1, option 3").wait_for(state="detached")
    is_focused(v, "Remove option 2")  # the focus is not lost with the row
    v.tab_to("Save")
    v.press("Enter")

    v.heading("A bench")
    v.look(f"keys-administration-3-saved-{size}")
    act(v, "Open voting", "Voting is open.", f"keys-administration-4-open-{size}")
    contest = system.request("GET", f"/v1/elections/{election}").json["contests"][0]
    assert [o["title"] for o in contest["options"]] == ["By the lake", "Under the oak"]
    assert system.vote(election, f"keys-{size}", {contest["id"]: [contest["options"][0]["id"]]}).status == 201
    v.page.get_by_text("1 ballot counts").wait_for()
    v.tab_to("Closes")
    v.page.keyboard.type("01012099")
    v.press("ArrowRight")
    v.page.keyboard.type("120000PM")  # where a day has two halves
    v.tab_to("Move the end")
    v.press("Enter")
    v.page.get_by_text("The end has been moved.").wait_for()
    assert system.request("GET", f"/v1/elections/{election}").json["closes_at"].startswith("2099-01-01T")
    v.look(f"keys-administration-5-moved-{size}")
    act(v, "Close voting", "Voting is closed.", f"keys-administration-6-closed-{size}")
    v.page.locator("button.main:enabled", has_text="Certify the result").wait_for()
    act(v, "Certify the result", "The result is certified.", f"keys-administration-7-certified-{size}")
    v.tab_to("Result as CSV")
    with v.page.expect_download() as download:
        v.press("Enter")
    assert "By the lake" in download.value.path().read_text()
    v.tab_to("All elections")
    v.press("Enter")
    v.heading("Administration")
    v.look(f"keys-administration-8-list-{size}")


def act(v, button, done, picture):
    """Asks, is asked, first says no; the focus is where it was before, and at the end on the heading."""
    v.tab_to(button)
    v.press("Enter")
    v.page.get_by_role("dialog").wait_for()
    is_focused(v, "Cancel")
    v.look(f"{picture}-asked")
    v.press("Escape")
    v.page.get_by_role("dialog").wait_for(state="detached")
    is_focused(v, button)
    v.press("Enter")
    v.tab_to(button)
    v.press("Enter")
    v.page.get_by_text(done).wait_for()
    v.page.wait_for_function("() => document.activeElement.localName === 'h1'")
    v.look(picture)


# -- from right to left -------------------------------------------------------------------------------------------------


def sign_in_as_administrator(system, v, query=""):
    v.expected += ("422",)
    v.visit(f"/administration{query}")
    v.page.locator("input[type=password]").fill(system.admin_token)
    v.page.locator("button.main").click()
    v.page.locator("button.main:not([type=submit])").wait_for()


def look_at_results(system, v, election, name, query=""):
    """While voting is open, and the rounds of a final result."""
    v.visit(f"/results/{election}{query}")
    v.page.get_by_role("table").first.wait_for()
    v.look(f"{name}-results")
    v.visit(f"/results/{voted_in_rounds(system, f'{election}-rounds')}{query}")
    v.page.locator(".rounds summary").click()
    v.look(f"{name}-results-rounds")


def look_at_administration(system, v, election, name, query=""):
    sign_in_as_administrator(system, v, query)
    v.look(f"{name}-administration-list")
    v.page.locator("button.main").click()
    v.page.locator("form input").first.wait_for()
    v.page.locator("button[type=submit]").click()
    v.page.locator("[aria-invalid=true]").first.wait_for()
    v.look(f"{name}-administration-draft")
    v.page.locator("form .buttons button").last.click()
    title = system.request("GET", f"/v1/elections/{election}").json["title"]
    v.page.locator("table.elections button", has_text=title).first.click()
    v.page.locator("table.bars").first.wait_for()
    v.look(f"{name}-administration-election")
    v.page.locator("button.main").click()
    v.page.get_by_role("dialog").wait_for()
    v.look(f"{name}-administration-asked")


def voted(system, name):
    election = system.create({**every_method(name), "title": f"An evening of songs: {name}"})
    answers = {"one": ["a"], "some": ["a", "c"], "order": ["b", "a"], "points": {"a": 5, "b": 1}}
    assert system.vote(election, f"{name}-voter", answers).status == 201
    system.results_when(election, lambda r: r["ballots"]["counted"] == 1)
    return election


def test_results_and_administration_from_right_to_left(system, visitor, size):
    name = f"rtl-{size}"
    election = voted(system, name)
    v = visitor(viewport=SIZES[size])
    look_at_results(system, v, election, name, BACKWARDS)
    assert v.page.evaluate("document.documentElement.dir") == "rtl"
    look_at_administration(system, v, election, name, BACKWARDS)
    assert v.page.evaluate("document.documentElement.dir") == "rtl"


def test_results_and_administration_in_the_dark(system, visitor, size):
    name = f"dark-{size}"
    election = voted(system, name)
    v = visitor(viewport=SIZES[size], color_scheme="dark")
    look_at_results(system, v, election, name)
    look_at_administration(system, v, election, name)
    assert v.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 21, 19)"


# -- every screen -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, viewport", [("narrowest", NARROWEST), ("largest", LARGEST)])
def test_no_page_scrolls_sideways(system, visitor, name, viewport):
    election = voted(system, name)
    v = visitor(viewport=viewport)
    v.visit("/")
    v.page.get_by_text("An evening of songs").first.wait_for()
    v.look(f"{name}-index")
    v.visit("/sign-in?code=x&state=nobody-began-this")
    v.heading("There is no sign-in to finish here")
    v.look(f"{name}-sign-in")
    v.visit(f"/embed/{election}")
    v.page.get_by_role("table").first.wait_for()
    v.look(f"{name}-embed")
    look_at_results(system, v, election, name)
    look_at_administration(system, v, election, name)
    v.page.goto("about:blank")  # nothing of the administrator's is under way

    v.visit(f"/vote/{election}")
    v.heading("Sign in to vote")
    v.look(f"{name}-vote-1-sign-in")
    v.sign_in(f"{name}-second")
    v.page.get_by_role("radio").first.check()
    v.look(f"{name}-vote-2-single")
    v.page.get_by_role("button", name="Next").click()
    v.page.get_by_role("checkbox").first.check()
    v.look(f"{name}-vote-3-approval")
    v.page.get_by_role("button", name="Next").click()
    for _ in range(2):
        v.page.locator("button.add").first.click()
    v.look(f"{name}-vote-4-ranked")
    v.page.get_by_role("button", name="Next").click()
    v.page.get_by_role("radio").nth(2).check()
    v.look(f"{name}-vote-5-score")
    v.page.get_by_role("button", name="Look it over").click()
    v.heading("Is this your vote?")
    v.look(f"{name}-vote-6-review")
    v.page.get_by_role("button", name="Send my vote").click()
    v.heading("Your vote counts")
    v.look(f"{name}-vote-7-receipt")


# -- without motion -----------------------------------------------------------------------------------------------------

SEEN_MOVING = """() => { window.moving = 0;
    const look = () => {
        window.moving = Math.max(window.moving, document.getAnimations().length);
        requestAnimationFrame(look) };
    look(); }"""


@pytest.mark.parametrize("wish", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_ask_for_that(system, visitor, wish):
    election = system.create(song_contest(f"motion-{wish}"))
    moving = {}

    def moved(v, where):
        v.page.wait_for_timeout(300)  # longer than the shortest transition, for what may begin late
        moving[where] = v.page.evaluate("window.moving")

    v = visitor(reduced_motion=wish)
    v.expected = ("Failed to load resource",)
    v.visit(f"/vote/{election}")
    v.page.evaluate(SEEN_MOVING)
    v.sign_in("somebody")
    v.page.get_by_text("Song A").click()
    moved(v, "choosing")
    v.page.route("**/votes", lambda route: route.abort())
    v.page.get_by_role("button", name="Look it over").click()
    v.page.evaluate("window.moving = 0")
    v.page.get_by_role("button", name="Send my vote").click()
    v.page.get_by_text("We do not know yet").wait_for()
    moved(v, "sending")
    v.page.goto("about:blank")

    v.visit(f"/results/{election}")
    v.page.get_by_text("0 ballots count", exact=True).wait_for()
    v.page.evaluate(SEEN_MOVING)
    assert system.vote(election, "another", {"song": ["a"]}).status == 201
    v.page.get_by_text("1 ballot counts", exact=True).wait_for()
    moved(v, "results")

    sign_in_as_administrator(system, v)
    v.page.evaluate(SEEN_MOVING)
    v.page.locator("button.main").hover()
    v.page.locator("button.main").click()
    moved(v, "administration")
    if wish == "reduce":
        assert set(moving.values()) == {0}, moving
    else:
        assert moving["sending"] > 0, "what moves is seen"


# -- over a slow network ------------------------------------------------------------------------------------------------

BITS_PER_SECOND = 400_000
LATENCY_MS = 400
CPU_SLOWER = 4
INTERACTIVE_SECONDS_MAX = 5


def test_a_vote_over_slow_3g_on_a_slow_phone(system, visitor):
    election = system.create(song_contest("slow"))
    v = visitor()
    network = v.context.new_cdp_session(v.page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    network.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": LATENCY_MS,
        "downloadThroughput": BITS_PER_SECOND // 8, "uploadThroughput": BITS_PER_SECOND // 8})
    network.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
    loaded = []
    v.page.on("request", lambda request: loaded.append(request.url.removeprefix(system.server)))

    seconds = {}

    def timed(name, begin, until):
        begun = time.monotonic()
        begin()
        until()
        seconds[name] = time.monotonic() - begun

    field = v.page.get_by_role("textbox")
    timed("sign-in form", lambda: v.visit(f"/vote/{election}"), lambda: field.click(trial=True))
    requests = len(loaded)
    field.fill("slow voter")
    timed("ballot", lambda: v.page.get_by_role("button", name="Next").click(),
          lambda: v.page.get_by_role("radio").first.click(trial=True))
    v.page.get_by_text("Song A").click()
    v.page.get_by_role("button", name="Look it over").click()
    timed("receipt", lambda: v.page.get_by_role("button", name="Send my vote").click(), lambda: v.heading("Your vote counts"))
    total = seconds["sign-in form"] + seconds["ballot"]
    print(f"\nslow 3G: {LATENCY_MS} ms, {BITS_PER_SECOND // 1000} kbit/s, CPU slower by {CPU_SLOWER}: sign-in form after "
          f"{seconds['sign-in form']:.2f} s ({requests} requests), from there ballot after {seconds['ballot']:.2f} s, receipt "
          f"{seconds['receipt']:.2f} s after sending; navigation to ballot {total:.2f} s")
    assert seconds["sign-in form"] > 2 * LATENCY_MS / 1000, "the network was not slow"
    assert total < INTERACTIVE_SECONDS_MAX, (seconds, loaded)
