"""What every place for uploads must do, whichever it is. A test module gives the fixture `place`."""

import io

import pytest

from store.media.incoming import Incoming

TOKEN = "abcdefghijklmnopqrstuvwx_-"


class IncomingContract:
    def test_a_file_comes_back_as_it_was_and_says_how_large_it_is(self, place: Incoming):
        body = bytes(range(256)) * 9000
        place.take(TOKEN, io.BytesIO(body), "image/png")
        assert place.size(TOKEN) == len(body)
        target = io.BytesIO()
        assert place.fetch(TOKEN, target)
        assert target.getvalue() == body

    def test_what_never_arrived_is_not_there(self, place: Incoming):
        assert place.size(TOKEN) is None
        assert not place.fetch(TOKEN, io.BytesIO())

    def test_what_is_let_go_is_gone(self, place: Incoming):
        place.take(TOKEN, io.BytesIO(b"once"), "image/png")
        place.delete(TOKEN)
        place.delete(TOKEN)
        assert place.size(TOKEN) is None

    @pytest.mark.parametrize("token", ["../../etc/passwd", "", "short", "a" * 25 + "/", "a" * 25 + "\n", "ü" * 26])
    def test_a_token_that_is_none_of_ours_is_refused(self, place: Incoming, token: str):
        for ask in (place.size, place.delete):
            with pytest.raises(ValueError, match="not a token of ours"):
                ask(token)
        with pytest.raises(ValueError, match="not a token of ours"):
            place.take(token, io.BytesIO(b"x"), "image/png")
