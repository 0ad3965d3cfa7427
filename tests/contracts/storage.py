"""What every place for pictures must do, whichever it is. A test module gives the fixture `place`."""

import io

import pytest

from store.media.storage import PIECE, Storage, film_name, name_of

KEY = "0123456789abcdef"
NAME = name_of(KEY, 480)
FILM = film_name(KEY, "mp4")


class StorageContract:
    def test_a_file_comes_back_as_it_was(self, place: Storage):
        body = bytes(range(256)) * 4000
        place.write(NAME, body)
        assert place.read(NAME) == body
        assert place.exists(NAME)

    def test_what_was_never_kept_is_not_there(self, place: Storage):
        assert place.read(name_of(KEY, 960)) is None
        assert not place.exists(name_of(KEY, 960))

    def test_the_first_one_in_stays(self, place: Storage):
        place.write(NAME, b"first")
        place.write(NAME, b"second")
        assert place.read(NAME) == b"first"

    def test_an_empty_file_is_a_file(self, place: Storage):
        place.write(NAME, b"")
        assert place.read(NAME) == b""
        assert place.exists(NAME)

    def test_what_is_let_go_is_gone_and_can_come_back(self, place: Storage):
        place.write(NAME, b"once")
        place.delete(NAME)
        assert place.read(NAME) is None
        place.delete(NAME)
        place.write(NAME, b"again")
        assert place.read(NAME) == b"again"

    def test_a_film_is_kept_and_sent_piece_by_piece(self, place: Storage):
        body = bytes(range(256)) * (PIECE // 100)
        place.write_from(FILM, io.BytesIO(body))
        assert place.read(FILM) == body
        for start, stop in ((0, len(body)), (5, 6), (PIECE - 1, PIECE + 1), (len(body) - 3, len(body))):
            pieces = list(place.stream(FILM, start, stop))
            assert b"".join(pieces) == body[start:stop]
            assert max(map(len, pieces)) <= PIECE
        place.write_from(FILM, io.BytesIO(b"another"))
        assert place.read(FILM) == body
        assert place.stream(film_name(KEY, "webm"), 0, 10) is None

    def test_the_files_of_a_key_are_told_with_their_sizes_and_no_others(self, place: Storage):
        assert place.sizes(KEY) == {}
        for name, size in ((name_of(KEY, 480), 48), (name_of(KEY, 480, "jpg"), 7), (name_of(KEY, "master"), 0)):
            place.write(name, b"x" * size)
        place.write(name_of(f"{KEY}00", 480), b"another")
        assert place.sizes(KEY) == {name_of(KEY, 480): 48, name_of(KEY, 480, "jpg"): 7, name_of(KEY, "master"): 0}
        place.delete(name_of(KEY, 480))
        assert set(place.sizes(KEY)) == {name_of(KEY, 480, "jpg"), name_of(KEY, "master")}
        for key in ("", "*", "../..", "a-b", "ABCDEFGHIJ"):
            with pytest.raises(ValueError, match="not a key of ours"):
                place.sizes(key)

    @pytest.mark.parametrize(
        "name",
        [
            "../../etc/passwd",
            "0123456789abcdef-480.webp/..",
            "0123456789abcdef-480.png",
            "",
            "a/b-480.webp",
            "ü-480.webp",
        ],
    )
    def test_a_name_that_is_none_of_ours_is_refused(self, place: Storage, name: str):
        for ask in (place.read, place.exists, place.delete):
            with pytest.raises(ValueError, match="not a name of ours"):
                ask(name)
        with pytest.raises(ValueError, match="not a name of ours"):
            place.write(name, b"x")
