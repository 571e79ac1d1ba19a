"""How browser tests look at a page: axe at a width, nothing wider than the screen, nothing refused by the policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from playwright.sync_api import Browser, Page, Response
from playwright.sync_api import TimeoutError as TookTooLong

from offices.models import Membership
from tests.conftest import sign_in

DESK, PHONE, SMALL_PHONE = 1366, 390, 320
WIDTHS = (DESK, PHONE, SMALL_PHONE)
HEIGHT = 800
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (options) => {
  const found = await axe.run({ resultTypes: ["violations"], preload: false, ...options });
  const most = (one) => (one.id === "target-size" ? one.nodes.length : 3);
  return found.violations.map((one) => [one.id, one.nodes.slice(0, most(one)).map((node) => node.target.join(" "))]);
}"""
SIZE = "target-size"
IS_SMALL = """async (target) => {
  document.querySelector(target).scrollIntoView({ block: "center" });
  const found = await axe.run({ include: [[target]] }, { runOnly: ["target-size"], resultTypes: ["violations"] });
  return found.violations.length > 0;
}"""
FITS = "() => document.documentElement.scrollWidth <= window.innerWidth"
# What a person sees who has typed nothing: every control empty, then sent as the button would.
SEND_EMPTY = """() => {
  const form = document.querySelector("main form[data-form]") || document.querySelector("main form[method=post]");
  for (const control of form.elements) {
    if (control.matches("[type=hidden], button")) continue;
    if (control.matches("[type=checkbox], [type=radio]")) control.checked = false;
    else if (control.matches("select")) control.selectedIndex = -1;
    else control.value = "";
  }
  form.submit();
}"""


class Looker:
    """A person's browser, or a stranger's; it keeps what is wrong with the pages that it shows."""

    def __init__(
        self, browser: Browser, address: str, member: Membership | None = None, *, thorough: bool = False
    ) -> None:
        self.address = address
        self.thorough = thorough
        self.faults: list[str] = []
        self.context = browser.new_context(locale="zh-CN", viewport={"width": DESK, "height": HEIGHT})
        if member is not None:
            session = sign_in(member).cookies[settings.SESSION_COOKIE_NAME].value
            self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self._heard(message.text))

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.faults.append(f"{self.page.url}: {text}")

    def open(self, path: str, *, code: int = 200) -> None:
        """Open a page."""
        self._answered(path, self.page.goto(f"{self.address}{path}"), code)

    def send_empty(self, *, code: int = 422) -> None:
        """Send the form of the page with nothing filled in."""
        with self.page.expect_navigation() as answer:
            self.page.evaluate(SEND_EMPTY)
        self._answered(self.page.url, answer.value, code)

    def press(self, button: str, *, code: int = 200) -> None:
        """Press a button that leads to another page."""
        with self.page.expect_navigation() as answer:
            self.page.click(button)
        self._answered(button, answer.value, code)

    def _answered(self, what: str, answer: Response | None, code: int) -> None:
        assert answer is not None, what
        assert answer.status == code, f"{what}: {answer.status}"
        assert "text/html" in answer.headers["content-type"], f"{what} is no page"

    def look(self, name: str, widths: Sequence[int] = WIDTHS, *, axe: bool = True) -> None:
        """Note at each width whether the page that is shown is wider, and what axe finds on it.

        axe takes most of the time and sees the same elements at every width: the narrowest of them is enough, but for
        ``thorough`` lookers.
        """
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self._measure(f"{name} at {width}")
            if axe and (self.thorough or width == min(widths)):
                self.faults += [f"{name} at {width}: {rule} {targets}" for rule, targets in self._axe()]

    def _measure(self, what: str) -> None:
        # Charts follow the window a moment later.
        try:
            self.page.wait_for_function(FITS, timeout=5000)
        except TookTooLong:
            self.faults.append(f"{what}: wider than the screen")

    def _axe(self) -> list[Any]:
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        # From the top: a link half behind the sticky header would be too small a target.
        self.page.evaluate("() => window.scrollTo(0, 0)")
        found: list[Any] = self.page.evaluate(RUN, {"runOnly": TAGS})
        # What a sticky bar covers in part at the top of a long page is measured in the middle of the screen.
        small = [target for rule, targets in found if rule == SIZE for target in targets]
        small = [target for target in small if self.page.evaluate(IS_SMALL, target)]
        return [one for one in found if one[0] != SIZE] + ([[SIZE, small]] if small else [])

    def unfold(self) -> None:
        """Open everything that is folded."""
        self.page.evaluate("() => document.querySelectorAll('details').forEach((one) => (one.open = true))")

    def enlarge(self, size: str) -> None:
        """Show the page in another text size."""
        self.page.evaluate("(size) => (document.documentElement.dataset.size = size)", size)

    def close(self) -> list[str]:
        """Close the browser and return what was wrong."""
        self.context.close()
        return self.faults
