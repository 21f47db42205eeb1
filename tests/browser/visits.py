"""Visits to the product: somebody signed in, in a language, an appearance and a width; nothing may be complained of."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.running import PASSWORD, Stack

HEIGHTS = {1440: 900, 390: 844}
LOCALES = {"fr": "fr-CA", "en": "en-CA"}


class Complaints(list[str]):
    """What the browser said in its console: warnings, script errors, files not found, policies broken."""

    def listen_to(self, context: BrowserContext) -> None:
        context.on("console", lambda said: self.append(f"{said.type}: {said.text} ({said.page and said.page.url})"))
        context.on(
            "weberror", lambda thrown: self.append(f"thrown: {thrown.error} ({thrown.page and thrown.page.url})")
        )


class Visits:
    """Opens pages, each in a browser profile of its own, and remembers who has signed in already."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.browser, self.stack = browser, stack
        self.known: dict[str, Any] = {}
        self.open: list[BrowserContext] = []
        self.complaints = Complaints()

    def anonymous(self, *, language: str = "fr", theme: str = "light", width: int = 1440, **more: Any) -> Page:
        """Somebody who has not signed in."""
        context = self.browser.new_context(
            base_url=self.stack.url,
            locale=LOCALES[language],
            color_scheme=theme,
            viewport={"width": width, "height": HEIGHTS[width]},
            reduced_motion="reduce",
            timezone_id="America/Toronto",
            **more,
        )
        context.set_default_timeout(20_000)
        self.complaints.listen_to(context)
        self.open.append(context)
        return context.new_page()

    def signed_in(
        self,
        role: str = "owner",
        language: str = "fr",
        *,
        organization: str = "erables",
        fresh: bool = False,
        **how: Any,
    ) -> Page:
        """Somebody of the demo. `fresh` signs in anew: some pages ask for the password again after a while."""
        email = self.stack.email(role, organization)
        if fresh or email not in self.known:
            self.known[email] = self._sign_in(email)
        self.stack.prefer(email, language=language)
        return self.anonymous(language=language, storage_state=self.known[email], **how)

    def _sign_in(self, email: str) -> Any:
        page = self.anonymous()
        page.goto("/sign-in/")
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        state = page.context.storage_state()
        page.context.close()
        return state

    def end(self) -> None:
        """Close everything; whatever the browser complained of fails the test."""
        for context in self.open:
            context.close()
        self.open.clear()
        said, self.complaints[:] = list(self.complaints), []
        assert said == []
