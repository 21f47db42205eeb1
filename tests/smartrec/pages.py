"""How tests look at pages: a signed-in browser, and the page as a tree."""

import re
from collections.abc import Iterator

from django.http import HttpResponse
from django.test import Client as Browser
from django.test.html import Element, parse_html


def browser_of(user, **options) -> Browser:
    browser = Browser(raise_request_exception=False, **options)
    browser.force_login(user)
    return browser


class Tag:
    """An element with its descendants; a page whose tags do not match does not even parse."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.attributes = dict(element.attributes)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)

    def walk(self) -> Iterator["Tag"]:
        for child in self.element.children:
            if isinstance(child, Element):
                yield Tag(child)
                yield from Tag(child).walk()

    @property
    def text(self) -> str:
        parts = (Tag(c).text if isinstance(c, Element) else c for c in self.element.children)
        return " ".join(" ".join(parts).split())

    def find_all(self, tag: str, style: str = "", **wanted: str) -> list["Tag"]:
        return [found for found in self.walk() if found.element.name == tag and found._fits(style, wanted)]

    def find(self, tag: str, style: str = "", **wanted: str) -> "Tag":
        """The only one."""
        (found,) = self.find_all(tag, style, **wanted)
        return found

    def _fits(self, style: str, wanted: dict[str, str]) -> bool:
        styles = (self.get("class") or "").split()
        return (not style or style in styles) and all(self.get(k) == v for k, v in wanted.items())


def shows(page: str, digits: str) -> bool:
    """Whether a page says these digits to its reader: a row may have that key, a form’s random key may hold them."""
    return bool(re.search(rf"[\s>;•]{digits}\b", page))


def soup(response: HttpResponse) -> Tag:
    text = response.content.decode()
    return Tag(parse_html(f"<main>{text.partition('<!doctype html>')[2] or text}</main>"))
