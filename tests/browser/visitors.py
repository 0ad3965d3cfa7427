"""Three people who walk through the same scenarios: by mouse, by keyboard alone, and without JavaScript.

A scenario says what is pressed, chosen and typed; the visitor knows how. All names are CSS selectors.
"""

from playwright.sync_api import Locator, Page

# A page with more stops than this is not one that anybody tabs through.
MOST_TABS = 150

# What covers a focused control hides it, WCAG 2.2, 2.4.11 Focus Not Obscured.
_IN_SIGHT = """element => {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height) return element.matches('input[type=radio]');
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
    return !!top && (element.contains(top) || top.contains(element) || !!top.closest('label')?.contains(element));
}"""


class Visitor:
    """Someone with a mouse."""

    scripts = True

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url

    def go(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(self.base_url + path)

    def press(self, selector: str) -> None:
        """Press a button or follow a link."""
        self._one(selector).click()

    def choose(self, selector: str) -> None:
        """Choose a radio by pressing what belongs to it."""
        # The radio itself is not to be seen: what people press is its label's face.
        self.page.locator(f"label:has({selector})").click()

    def type(self, selector: str, text: str) -> None:
        """Type into a field in place of what is in it."""
        self._one(selector).fill(text)

    def pick(self, selector: str, value: str) -> None:
        """Pick an entry of a select by its value."""
        self._one(selector).select_option(value)

    def see(self, selector: str) -> Locator:
        """Wait until something is to be seen, and return it."""
        found = self._one(selector)
        found.wait_for(state="visible")
        return found

    def read(self, selector: str) -> str:
        """Return the text of something that is to be seen."""
        return self.see(selector).inner_text()

    def _one(self, selector: str) -> Locator:
        return self.page.locator(selector).first


class VisitorWithoutScripts(Visitor):
    """Someone whose browser runs no JavaScript."""

    scripts = False


class KeyboardVisitor(Visitor):
    """Someone without a mouse: Tab, arrows, Enter and letters. Whatever has the focus must be in sight."""

    presses = 0

    def press(self, selector: str) -> None:
        """Tab to it, then Enter."""
        self._walk_to(selector)
        self._key("Enter")

    def choose(self, selector: str) -> None:
        """Tab to the group, then arrow to the entry."""
        wanted = self._one(selector)
        name = wanted.get_attribute("name")
        self._walk_to(f"input[name='{name}']:checked")
        for _step in range(20):
            if wanted.is_checked():
                return
            self._key("ArrowRight")
            self.page.wait_for_timeout(150)
        raise AssertionError(f"{selector} can't be reached by arrow keys")

    def type(self, selector: str, text: str) -> None:
        """Tab to the field and type over what is in it."""
        self._walk_to(selector)
        self._key("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def pick(self, selector: str, value: str) -> None:
        """Tab to the select and walk through its entries."""
        self._walk_to(selector)
        field = self._one(selector)
        for _step in range(60):
            if field.input_value() == value:
                return
            self._key("ArrowDown")
        for _step in range(60):
            if field.input_value() == value:
                return
            self._key("ArrowUp")
        raise AssertionError(f"{selector} has no {value}")

    def _walk_to(self, selector: str) -> None:
        wanted = self._one(selector)
        wanted.wait_for(state="attached")
        for _step in range(MOST_TABS):
            # The element may be exchanged by htmx at any moment; a locator finds the present one.
            if wanted.evaluate("element => element === document.activeElement"):
                assert wanted.evaluate(_IN_SIGHT), f"{selector} has the focus and is covered"
                return
            self._key("Tab")
        raise AssertionError(f"{selector} can't be reached by Tab")

    def _key(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.presses += 1
