"""Visits to the product: somebody signed in, in a language, an appearance and a width; nothing may be complained of."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.running import PASSWORD, Stack

HEIGHTS = {1440: 900, 390: 844}
LOCALES = {"fr": "fr-CA", "en": "en-CA"}


class Complaints(list[str]):
    """What the browser said in its console: warnings, script errors, files not found, policies broken."""

    def listen_to(self, context: BrowserContext) -> None:
        context.on("console", lambda said: self.note(said.page, f"{said.type}: {said.text}"))
        context.on("weberror", lambda thrown: self.note(thrown.page, f"thrown: {thrown.error}"))

    def note(self, page: Page | None, words: str) -> None:
        self.append(f"{page.url if page else '?'} {words}")


class Visits:
    """Opens pages, each in a browser profile of its own, and remembers who has signed in already."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.browser, self.stack = browser, stack
        self.known: dict[str, Any] = {}
        self.open: list[BrowserContext] = []
        self.regulars: dict[tuple[str, str], Page] = {}
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
        context.set_default_timeout(60_000)
        self.complaints.listen_to(context)
        self.open.append(context)
        return context.new_page()

    def signed_in(
        self, role: str = "owner", language: str = "fr", *, organization: str = "erables", fresh: bool = False, **how
    ) -> Page:
        """Somebody of the demo. `fresh`: they have just typed their password once more, as some pages ask."""
        email = self.stack.email(role, organization)
        if email not in self.known:
            self.known[email] = self._sign_in(role, organization)
        self.stack.prefer(email, language=language)
        page = self.anonymous(language=language, storage_state=self.known[email], **how)
        if fresh:
            self._type_password_again(page)
        return page

    def regular(self, role: str, language: str, *, fresh: bool = False) -> Page:
        """The same visitor as last time, in the same window: for walks through many pages."""
        if (role, language) not in self.regulars:
            known = self.signed_in(role, language) if role else self.anonymous(language=language)
            self.open.remove(known.context)
            self.regulars[role, language] = known
        page = self.regulars[role, language]
        if role:
            self.stack.prefer(self.stack.email(role), language=language)
        if fresh:
            self._type_password_again(page)
        return page

    def password_given(self, role: str, language: str = "fr", *, organization: str = "erables") -> Page:
        """Somebody who has typed their password, and may have a code to type yet."""
        page = self.anonymous(language=language)
        page.goto("/sign-in/")
        self._send(page, login=self.stack.email(role, organization), password=PASSWORD)
        return page

    def _type_password_again(self, page: Page) -> None:
        page.goto("/reauthenticate/")
        self._send(page, password=PASSWORD)

    def _sign_in(self, role: str, organization: str) -> Any:
        page = self.password_given(role, organization=organization)
        if "/2fa/" in page.url:
            self._send(page, code=self.stack.code(self.stack.email(role, organization)))
        state = page.context.storage_state()
        page.context.close()
        return state

    def _send(self, page: Page, **typed: str) -> None:
        """Fill in the page's form, send it, and see that it was accepted."""
        here = page.url
        for name, value in typed.items():
            page.locator(f"main input[name={name}]").fill(value)
        page.locator("main form button").first.click()
        page.wait_for_url(lambda url: url != here)

    def end(self) -> None:
        """Close everything; whatever the browser complained of fails the test."""
        for context in self.open:
            context.close()
        self.open.clear()
        said, self.complaints[:] = list(self.complaints), []
        assert not said, "\n".join(said)
