"""A person at the keyboard: Tab, letters, space, Enter. No pointer, no script of the page."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_TABS = 200


def focused(page: Page) -> str:
    """Return what has the focus: a field's name and value, or a link's or button's text."""
    return str(
        page.evaluate(
            """() => {const e = document.activeElement;
            return (e.name ? e.name + '=' + (e.value || '') : '') + '|' + (e.textContent || '').trim();}"""
        )
    )


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focus is on a field of that name, or on a link or button with that text."""
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        name, _, text = focused(page).partition("|")
        if name.partition("=")[0] == wanted or name == wanted or text == wanted:
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def fill(page: Page, name: str, text: str) -> None:
    """Go to a field and type; what stood there is replaced."""
    tab_to(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def choose(page: Page, name: str, label: str) -> None:
    """Go to a list and choose by typing the beginning of the label, as browsers offer it."""
    tab_to(page, name)
    page.keyboard.type(label)


def enter(page: Page) -> None:
    """Press Enter and wait for the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")
