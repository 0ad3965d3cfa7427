"""What has to be said of a product's pictures before it goes on sale at the desk."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import select, update

from store.catalog.drafts import PictureDraft, ProductDraft
from store.catalog.errors import PicturesWithoutWords
from store.core.db import session
from store.media.models import Image


def find_wordless(pictures: Iterable[PictureDraft]) -> list[int]:
    """Return those of which neither the product nor the picture itself says what they show. 1 statement."""
    silent = [picture.image_id for picture in pictures if not picture.alt.strip()]
    if not silent:
        return []
    without = set(session.execute(select(Image.id).where(Image.id.in_(silent), Image.alt == "")).scalars())
    return [image_id for image_id in silent if image_id in without]


def require_words(draft: ProductDraft) -> None:
    """Raise `PicturesWithoutWords` unless all pictures of a draft say what they show."""
    wordless = find_wordless(draft.pictures)
    if wordless:
        raise PicturesWithoutWords(wordless)


def put_words(draft: ProductDraft, words: Mapping[int, str]) -> ProductDraft:
    """Return the draft with these words under its pictures, by their ids."""
    pictures = tuple(replace(one, alt=words.get(one.image_id) or one.alt) for one in draft.pictures)
    return replace(draft, pictures=pictures)


def keep_words(words: Mapping[int, str]) -> None:
    """Let pictures that say nothing themselves say the same wherever else they are shown."""
    for image_id, alt in sorted(words.items()):
        if alt:
            session.execute(update(Image).where(Image.id == image_id, Image.alt == "").values(alt=alt))
