"""What a browser gets from the stand-in: a small stripe.js, the frame that takes the card, and the pages for an extra step.

The script has the names and shapes that Stripe documents (https://docs.stripe.com/js): `elements` without an intent,
`submit`, `createConfirmationToken`, `handleNextAction`, the Payment Element and the Express Checkout Element.
"""

import html
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

Shown = tuple[int, dict[str, str], bytes]

_SCRIPT = """
"use strict";
(() => {
  const home = new URL(document.currentScript.src).origin;
  const bad = (message) => ({error: {type: "validation_error", message}});
  window.Stripe = (key) => {
    if (!key || !key.startsWith("pk_")) throw new Error("a publishable key is wanted");
    return {
      elements(options) {
        if (options.mode !== "payment" || !Number.isInteger(options.amount) || options.currency !== options.currency.toLowerCase())
          throw new Error("mode, amount in minor units and currency in small letters are wanted");
        const state = {options, frame: null, submitted: false};
        return {
          _state: state,
          create(kind, more) {
            const heard = {};
            const element = {
              on(name, handler) { heard[name] = handler; return element; },
              mount(place) {
                const node = typeof place === "string" ? document.querySelector(place) : place;
                if (kind === "payment") {
                  state.frame = document.createElement("iframe");
                  state.frame.title = "Secure payment input frame";
                  state.frame.src = `${home}/js/frame?amount=${options.amount}`;
                  state.frame.addEventListener("load", () => heard.ready && heard.ready({elementType: "payment"}));
                  node.append(state.frame);
                } else {
                  const button = document.createElement("button");
                  button.type = "button";
                  button.textContent = "Stand-in Pay";
                  button.dataset.express = "true";
                  button.addEventListener("click", () => {
                    const go = () => { state.express = "link"; heard.confirm({expressPaymentType: "link", paymentFailed() {}}); };
                    if (heard.click) heard.click({resolve: go}); else go();
                  });
                  node.append(button);
                  setTimeout(() => heard.ready && heard.ready({availablePaymentMethods: {link: true}}), 0);
                }
              },
              update() {}, destroy() {}, unmount() {},
            };
            return element;
          },
          update(changes) { Object.assign(options, changes); },
          async submit() { state.submitted = true; return {}; },
        };
      },
      async createConfirmationToken({elements, params}) {
        const state = elements._state;
        if (!state.submitted) return bad("elements.submit() comes first");
        let typed = {means: "4242424242424242", express: state.express || ""};
        if (!state.express) {
          typed.means = await new Promise((resolve) => {
            const hear = (event) => {
              if (event.origin !== home) return;
              removeEventListener("message", hear);
              resolve(event.data);
            };
            addEventListener("message", hear);
            state.frame.contentWindow.postMessage("collect", home);
          });
        }
        if (!typed.means) return bad("Your card number is incomplete.");
        const answer = await fetch(`${home}/js/tokens`, {method: "POST", body: new URLSearchParams(typed)});
        return {confirmationToken: await answer.json()};
      },
      handleNextAction({clientSecret}) {
        location.assign(`${home}/next-action/${clientSecret.split("_secret_")[0]}`);
        return new Promise(() => {});
      },
    };
  };
})();
"""

_FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Card</title>
<label>Card number <input id="card" inputmode="numeric" autocomplete="cc-number"></label>
<script>addEventListener("message", (event) => event.source.postMessage(
document.getElementById("card").value.replaceAll(" ", ""), event.origin));</script></html>"""


def answer(account: Any, method: str, target: str, body: bytes) -> Shown | None:
    """Return what a browser asked for, or `None` where the address belongs to the API."""
    parts = urlsplit(target)
    if parts.path.endswith("/stripe.js"):
        return 200, {"Content-Type": "text/javascript; charset=utf-8"}, _SCRIPT.encode()
    if parts.path == "/favicon.ico":
        return 204, {}, b""
    if parts.path == "/js/frame":
        return _page(_FRAME)
    if parts.path == "/js/tokens":
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        name = account.tokenize(given["means"], express=given.get("express", ""))
        headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}
        return 200, headers, json.dumps({"id": name, "object": "confirmation_token"}).encode()
    if parts.path.startswith("/next-action/"):
        return _extra_step(account, method, parts.path.removeprefix("/next-action/"), body)
    if parts.path.startswith("/c/pay/"):
        return _hosted(account, method, parts.path.removeprefix("/c/pay/"))
    return None


def _extra_step(account: Any, method: str, name: str, body: bytes) -> Shown:
    intent = account.intents[name]
    if method == "POST":
        if b"complete" in body:
            account.pay(name)
        else:
            account.decline_card(name)
        return _leave(f"{intent['_return_url']}?payment_intent={name}&redirect_status=succeeded")
    return _page(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Bank</title><h1>3D Secure</h1>"
        f"<p>{intent['amount']} {html.escape(intent['currency'])}</p><form method='post'>"
        "<button name='outcome' value='complete'>Complete</button>"
        "<button name='outcome' value='fail'>Fail</button></form></html>"
    )


def _hosted(account: Any, method: str, name: str) -> Shown:
    session = account.sessions[name]
    if method == "POST":
        account.pay(name)
        return _leave(session["success_url"])
    return _page(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Checkout</title><h1>Checkout</h1>"
        f"<p>{session['amount_total']} {html.escape(session['currency'])}</p>"
        f"<form method='post'><button id='hosted-pay'>Pay</button></form><a href='{html.escape(session['cancel_url'])}'>Back</a>"
    )


def _page(text: str) -> Shown:
    return 200, {"Content-Type": "text/html; charset=utf-8"}, text.encode()


def _leave(url: str) -> Shown:
    return 303, {"Location": url}, b""
