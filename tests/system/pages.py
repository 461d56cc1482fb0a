"""A browser for the tests of the pages: Debian's chromium, driven by Playwright; axe-core looks at every step."""

import os
import pathlib
import shutil

from ostraka import SOURCE

AXE = SOURCE / "web/node_modules/axe-core/axe.min.js"
CHROMIUM = shutil.which("chromium")
PICTURES = pathlib.Path(os.environ.get("OSTRAKA_PICTURES", SOURCE / "build/pages"))
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

OPTIONS = [{"id": "a", "title": "Harbour Lights", "description": "The Tidewater Choir"}, {"id": "b", "title": "Paper Moon"},
           {"id": "c", "title": "One More Dawn"}]


def every_method(election):
    return {"id": election, "title": "An evening of songs", "description": "Four questions, four ways to answer.",
            "contests": [
                {"id": "one", "title": "Which song should win?", "method": "single", "options": OPTIONS},
                {"id": "some", "title": "Which do you like?", "method": "approval", "max_choices": 2, "options": OPTIONS},
                {"id": "order", "title": "In which order?", "method": "ranked", "options": OPTIONS},
                {"id": "points", "title": "How good is each?", "method": "score", "max_score": 5, "min_choices": 0,
                 "options": OPTIONS}]}


class Visitor:
    """One person's browser window. What the console complains about fails the test at the end."""

    def __init__(self, browser, system, **context):
        context.setdefault("viewport", PHONE)
        context.setdefault("locale", "en-GB")
        self.system = system
        self.context = browser.new_context(**context)
        self.complaints = []
        self.expected = ()  # parts of complaints that the test provokes
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.complaints.append(m.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def close(self):
        self.context.close()
        left = [c for c in self.complaints if not any(part in c for part in self.expected)]
        assert not left, left[:5]

    def visit(self, path):
        self.page.goto(f"{self.system.server}{path}")

    def heading(self, text):
        """Waits until this is the page's heading."""
        self.page.get_by_role("heading", level=1, name=text, exact=True).wait_for()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, name):
        """With the keyboard alone, at most once around the page."""
        seen = []
        for _ in range(60):
            self.press("Tab")
            now = self.page.evaluate("""() => { const e = document.activeElement;
                return e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText || '' }""")
            seen.append(now.strip())
            if now.strip().startswith(name):
                return
        raise AssertionError(f"{name!r} cannot be reached with Tab; there is {seen}")

    def look(self, name):
        """axe-core finds nothing, nothing sticks out sideways; a picture is kept."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        # Colours on their way from one state to the next are neither's.
        self.page.evaluate("""() => Promise.allSettled(document.getAnimations()
            .filter(a => a.effect.getComputedTiming().endTime !== Infinity).map(a => a.finished))""")
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        assert not found, [(v["id"], v["help"], [n["html"][:120] for n in v["nodes"]]) for v in found]
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def sign_in(self, name, next_="Next"):
        self.page.get_by_role("textbox").fill(name)
        self.page.get_by_role("button", name=next_).click()
