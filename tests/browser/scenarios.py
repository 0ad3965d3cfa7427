"""What people do in the shop, written once for every kind of visitor."""

from tests.browser.visitors import Visitor

CONTACT = {
    "#email": "ana@example.com",
    "#name": "Ana Gruber",
    "#line1": "Lindengasse 4",
    "#postcode": "1070",
    "#city": "Wien",
}


def find_a_tee(visitor: Visitor, *, colour: str = "ink", size: str = "m") -> None:
    """Walk from the home page over a collection to a product, and choose colour and size."""
    visitor.go("/")
    visitor.press("header a[href='/collections/tees']")
    visitor.press("article a[href='/products/deep-fern-tee']")
    visitor.see("#add-to-cart")
    visitor.choose(f"#option-colour-{colour}")
    _show_choice(visitor, f"colour={colour}")
    visitor.choose(f"#option-size-{size}")
    _show_choice(visitor, f"size={size}")


def put_into_cart(visitor: Visitor) -> None:
    """Put what is chosen into the cart and see it there: in the drawer, or on the cart's page."""
    visitor.press("#add-to-cart")
    if visitor.scripts:
        visitor.see("#cart-drawer[open] .line")
    else:
        visitor.see("#cart-body .line")


def go_to_checkout(visitor: Visitor) -> None:
    """Go on from drawer or cart."""
    visitor.press("#drawer-checkout" if visitor.scripts else "#go-to-checkout")
    visitor.see("#email")


def fill_in_checkout(visitor: Visitor) -> None:
    """Give contact and address, keep the first way of delivery."""
    for field, text in CONTACT.items():
        visitor.type(field, text)
    visitor.press("#contact-next")
    visitor.see("#delivery-next")
    visitor.press("#delivery-next")
    visitor.see("#place-order")


def place_order(visitor: Visitor) -> None:
    """Agree, and arrive at the test bank."""
    visitor.press("#place-order")
    visitor.see("button[value=pay]")


def pay(visitor: Visitor) -> str:
    """Pay at the bank; return the order's number as the confirmation says it."""
    visitor.press("button[value=pay]")
    return visitor.read(".thanks__number")


def buy(visitor: Visitor) -> str:
    """The whole way from the home page to the confirmation."""
    find_a_tee(visitor)
    put_into_cart(visitor)
    go_to_checkout(visitor)
    fill_in_checkout(visitor)
    place_order(visitor)
    return pay(visitor)


def _show_choice(visitor: Visitor, query: str) -> None:
    if not visitor.scripts:
        visitor.press("button[formmethod='get']")
    visitor.page.wait_for_url(f"**{query}*")
