"""Which move leads from which state to which: the table of a state machine, read in one way."""

from collections.abc import Mapping

from store.core.errors import Conflict


class IllegalMove(Conflict):
    """Something can't make this move from where it stands; facts: `state`, `move`."""


def step(moves: Mapping[tuple[str, str], str], state: str, move: str, refusal: object) -> str:
    """Return the state after a move; raises `IllegalMove` with `refusal`, a lazy sentence, where it leads nowhere."""
    try:
        return moves[state, move]
    except KeyError:
        raise IllegalMove(str(refusal), state=state, move=move) from None
