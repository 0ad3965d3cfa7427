"""The verbs of returns. Locks are taken in the order order, payments, return, stock."""

from store.returns.services.ask import Preview, Wanted, ask, preview
from store.returns.services.instead import exchange, pay_back_exchange, replace
from store.returns.services.move import approve, cancel, note_sent, reject
from store.returns.services.receive import Arrived, receive
from store.returns.services.rest import Rest, cancel_rest, find_rest, give_up_promise
from store.returns.services.rules import save_rules
from store.returns.services.settle import close, finish_refund, refund, ways_to_settle, worth

__all__ = [
    "Arrived",
    "Preview",
    "Rest",
    "Wanted",
    "approve",
    "ask",
    "cancel",
    "cancel_rest",
    "close",
    "exchange",
    "find_rest",
    "finish_refund",
    "give_up_promise",
    "note_sent",
    "pay_back_exchange",
    "preview",
    "receive",
    "refund",
    "reject",
    "replace",
    "save_rules",
    "ways_to_settle",
    "worth",
]
