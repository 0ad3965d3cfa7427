"""What people do with an order after it was bought: forms found on their pages, filled in, and sent."""

import html
import re

from tests.flows.visitors import Answer, Browser, Clerk, Shopper


def form_of(page: Answer, action: str) -> dict[str, str]:
    """Return the hidden fields of the form that is sent to a path, or to a path that begins with it."""
    found = re.search(rf'<form[^>]*\baction="{re.escape(action)}[^"]*".*?</form>', page.text, re.DOTALL)
    assert found is not None, f"no form for {action} on a page of status {page.status}: {page.text[:3000]}"
    fields = {}
    for tag in re.findall(r'<input[^>]*\btype="hidden"[^>]*>', found[0]):
        name, value = re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        if name is not None:
            fields[name[1]] = html.unescape(value[1]) if value is not None else ""
    return fields


def press(person: Browser, page: str, action: str, **entered: str) -> Answer:
    """Open a page and send a form of it."""
    return person.post(action, {**form_of(person.get(page), action), **entered})


def prepare(clerk: Clerk, order: int, **quantities: str) -> Answer:
    """Begin a parcel."""
    token = form_of(clerk.get(f"/admin/orders/{order}"), f"/admin/orders/{order}/notes")["csrf_token"]
    return clerk.post(f"/admin/orders/{order}/parcels", {"csrf_token": token, **quantities})


def refund_line(clerk: Clerk, order: int, line: int, units: int = 1) -> tuple[str, dict[str, str]]:
    """Choose units of a line to give back, and return where the form is sent, and the form as it is shown then."""
    at = f"/admin/orders/{order}/refund/parts"
    chosen = {f"quantity-{line}": str(units), f"restock-{line}": "y", "reason": "broken"}
    reckoned = clerk.post(f"{at}/reckoning", {**form_of(clerk.get(at), at), **chosen})
    assert reckoned.status == 200, reckoned.text[:2000]
    return at, {**form_of(reckoned, at), **chosen}


def change(clerk: Clerk, order: int, variant: int) -> tuple[int, str, dict[str, str]]:
    """Write down that one more of a variant is to be in an order; return the change, and the form that makes it true."""
    token = form_of(clerk.get(f"/admin/orders/{order}"), f"/admin/orders/{order}/notes")["csrf_token"]
    at = clerk.post(f"/admin/orders/{order}/changes", {"csrf_token": token}).location.partition("?")[0]
    page = clerk.get(at)
    version = re.findall(r'name="version" value="(\d+)"', page.text)[0]
    put = clerk.post(f"{at}/pieces", {"csrf_token": token, "version": version, "variant_id": str(variant)})
    assert put.status == 303, put.text[:2000]
    return int(at.rpartition("/")[2]), f"{at}/request", {**form_of(clerk.get(at), f"{at}/request"), "settle": "charge"}


def ask_back(shopper: Shopper, token: str, line: int, *, kind: str = "return", reason: str = "unsaid") -> Answer:
    """Ask to send a unit back, or complain about it, after reading what comes of it."""
    at, form = asking_back(shopper, token, line, kind=kind, reason=reason)
    return shopper.post(at, form)


def asking_back(
    shopper: Shopper, token: str, line: int, *, kind: str = "return", reason: str = "unsaid"
) -> tuple[str, dict[str, str]]:
    """Go up to the last step of asking, and return where its form is sent, and the form."""
    at = f"/orders/{token}/returns"
    first = f"{at}/new" + ("?kind=claim" if kind == "claim" else "")
    chosen = {f"quantity-{line}": "1", f"reason-{line}": reason, "kind": kind, "wish": "replacement"}
    page = press(shopper, first, f"{at}/preview", **chosen)
    assert page.status == 200, page.text[:2000]
    return at, form_of(page, at)


def take_in(clerk: Clerk, return_id: int, row: int) -> Answer:
    """Count what has come back, as new."""
    at = f"/admin/returns/{return_id}"
    return press(clerk, at, f"{at}/arrival", **{f"received-{row}": "1", f"sellable-{row}": "1"})


def settle(clerk: Clerk, return_id: int, resolution: str) -> Answer:
    """End a return."""
    at = f"/admin/returns/{return_id}"
    return press(clerk, at, f"{at}/settlement", resolution=resolution, answer="Thank you.")
