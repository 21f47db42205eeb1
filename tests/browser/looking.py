"""How a page is judged: with axe, in the light and in the dark, wide and on a phone."""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.visits import HEIGHTS

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
# Of the rules, those that look at colours: the others see the same page in the dark.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Some parts of a page are fetched once it is there.
UNDER_WAY = ".htmx-request, .htmx-swapping, .htmx-settling"
# Colours change by transitions, however short, and an inherited one only begins when its parent's has ended.
SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const moving = () => document.getAnimations().some(one => one.effect.target.checkVisibility());
  for (let still = 0, seen = 0; still < 3 && seen < 120; seen++, still = moving() ? 0 : still + 1) await frame();
}"""


def wrong(page: Page, where: str, rules: Any = RULES) -> Iterator[str]:
    """What axe finds, rule by rule, with the first elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    for found in page.evaluate("options => axe.run(options)", options)["violations"]:
        elements = "\n    ".join(node["html"] for node in found["nodes"][:4])
        yield f"{where}: {found['id']}, {len(found['nodes'])} times\n    {elements}"


def too_wide(page: Page) -> Iterator[str]:
    if beyond := page.evaluate(TOO_WIDE):
        yield f"on a phone: the page scrolls sideways by {beyond} px"


def look(page: Page, *, theme: str, width: int = 1440) -> None:
    """Change the device's appearance and its width, and wait until the page has followed."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    expect(page.locator(f"html[data-bs-theme={theme}]")).to_have_count(1)
    page.evaluate(SETTLED)


def judged(page: Page, *, in_the_dark: bool = True, on_a_phone: bool = True) -> list[str]:
    """Everything wrong with a page as it stands there now."""
    expect(page.locator(UNDER_WAY)).to_have_count(0)
    look(page, theme="light")
    found = [*wrong(page, "in the light")]
    if in_the_dark:
        look(page, theme="dark")
        found += wrong(page, "in the dark", COLOURS)
    if on_a_phone:
        look(page, theme="light", width=390)
        found += [*wrong(page, "on a phone"), *too_wide(page)]
    return found
