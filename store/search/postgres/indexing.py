"""From products to documents, many at once, and the vocabulary that follows them.

All of it happens under one lock: two indexers that make the same document from two states of a product would
otherwise decide by chance which of them stays.
"""

from collections.abc import Iterable, Sequence

from store.core.db import for_driver, read_rows, run, session, transaction
from store.search.folding import LONGEST_WORD

# A batch of a rebuild takes about a second.
BATCH = 2000

# The most popular products up to these places make the tiers that common words are looked up in first.
TIERS = (2_000, 20_000, 200_000)

# How much of a description is read.
_LONGEST_TEXT = 20_000

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('search.index'))"

_WITHDRAW = """
    UPDATE search_words w SET products = greatest(w.products - gone.times, 0)
      FROM (SELECT word, count(*) AS times
              FROM search_documents d CROSS JOIN LATERAL unnest(d.words) word
             WHERE d.product_id = ANY(:ids) GROUP BY word) gone
     WHERE w.word = gone.word
"""

_FORGET = """
    DELETE FROM search_documents d
     WHERE d.product_id = ANY(:ids) AND NOT EXISTS (
           SELECT FROM products p
            WHERE p.id = d.product_id AND p.status = 'active' AND p.published_at <= now())
"""

# A boolean field that is true is found by its name; addresses and colour codes are no words.
_RAW = f"""
    SELECT p.id, p.popularity, p.title,
      concat_ws(' ', p.product_type, p.vendor, array_to_string(p.tags, ' '),
        (SELECT string_agg(c.title, ' ') FROM categories c WHERE c.id = p.category_id),
        (SELECT string_agg(ov.value, ' ') FROM options o JOIN option_values ov ON ov.option_id = o.id
          WHERE o.product_id = p.id)) AS fields,
      coalesce((SELECT string_agg(CASE
            WHEN f.kind = 'boolean' THEN CASE WHEN cv.value = 'true' THEN f.name END
            WHEN f.kind IN ('url', 'color', 'date') THEN NULL
            ELSE concat_ws(' ', cv.value, f.unit) END, ' ')
          FROM custom_field_values cv JOIN custom_fields f ON f.id = cv.field_id
         WHERE cv.product_id = p.id AND f.visible), '') AS custom,
      regexp_replace(left(p.description_html, {_LONGEST_TEXT}), '<[^>]*>|&[a-zA-Z0-9#]+;', ' ', 'g') AS body
      FROM products p
     WHERE p.id = ANY(:ids) AND p.status = 'active' AND p.published_at <= now()
"""


def _weighted(text: str, weight: str) -> str:
    """Return SQL for a text's words in the shop's language and as they are."""
    return (
        f"setweight(to_tsvector(CAST(:language AS regconfig), {text}), '{weight}') || "
        f"setweight(to_tsvector('simple', {text}), '{weight}')"
    )


_INDEX = f"""
    WITH raw AS MATERIALIZED ({_RAW}),
    folded AS MATERIALIZED (
      SELECT id, popularity, search_fold(title) AS title, search_fold(fields) AS fields, search_fold(custom) AS custom,
        search_otherwise(title || ' ' || fields || ' ' || custom) AS otherwise,
        search_fold(body) || ' ' || search_otherwise(body) AS body
      FROM raw),
    made AS MATERIALIZED (
      SELECT id, title, body, popularity,
        {_weighted("title", "A")} || {_weighted("fields", "B")} ||
        setweight(to_tsvector('simple', otherwise), 'B') || {_weighted("custom", "C")} AS head,
        ARRAY(SELECT DISTINCT word
                FROM unnest(string_to_array(title || ' ' || fields || ' ' || custom, ' ')) word
               WHERE word !~ '[0-9]' AND length(word) BETWEEN 2 AND {LONGEST_WORD} ORDER BY word) AS words
      FROM folded)
    INSERT INTO search_documents (product_id, title, words, head, vector)
    SELECT id, title, words, head,
      strip(head || to_tsvector(CAST(:language AS regconfig), body)) ||
      array_to_tsvector(ARRAY[CASE
        WHEN popularity > coalesce((CAST(:above AS bigint[]))[1], -1) THEN '+1'
        WHEN popularity > coalesce((CAST(:above AS bigint[]))[2], -1) THEN '+2'
        WHEN popularity > coalesce((CAST(:above AS bigint[]))[3], -1) THEN '+3'
        ELSE '+4' END])
    FROM made
    ON CONFLICT (product_id) DO UPDATE
       SET title = excluded.title, words = excluded.words, head = excluded.head, vector = excluded.vector
     WHERE (search_documents.title, search_documents.words, search_documents.head, search_documents.vector)
           IS DISTINCT FROM (excluded.title, excluded.words, excluded.head, excluded.vector)
"""

_COUNT = """
    INSERT INTO search_words (word, stem, spelling, products)
    SELECT word, search_stem(CAST(:language AS regconfig), word), word, count(*)
      FROM search_documents d CROSS JOIN LATERAL unnest(d.words) word
     WHERE d.product_id = ANY(:ids) GROUP BY word ORDER BY word
    ON CONFLICT (word) DO UPDATE SET products = search_words.products + excluded.products
"""

# What only descriptions say, and words written another way, are known too: nobody is corrected away from them.
_LEARN = f"""
    WITH said AS (
      SELECT DISTINCT word FROM products p
       CROSS JOIN LATERAL (SELECT regexp_replace(
         left(p.description_html, {_LONGEST_TEXT}), '<[^>]*>|&[a-zA-Z0-9#]+;', ' ', 'g') AS body) d
       CROSS JOIN LATERAL unnest(string_to_array(search_fold(d.body) || ' ' || search_otherwise(concat_ws(' ', d.body,
         p.title, p.product_type, p.vendor, array_to_string(p.tags, ' '),
         (SELECT string_agg(ov.value, ' ') FROM options o JOIN option_values ov ON ov.option_id = o.id
           WHERE o.product_id = p.id))), ' ')) word
       WHERE p.id = ANY(:ids) AND p.status = 'active' AND p.published_at <= now()
         AND word !~ '[0-9]' AND length(word) BETWEEN 2 AND {LONGEST_WORD})
    INSERT INTO search_words (word, stem, spelling)
    SELECT word, search_stem(CAST(:language AS regconfig), word), word FROM said
     WHERE NOT EXISTS (SELECT FROM search_words w WHERE w.word = said.word)
     ORDER BY word
    ON CONFLICT (word) DO NOTHING
"""

# Accents are given back to the words that have them.
_SPELL = """
    WITH written AS (
      SELECT title || ' ' || product_type || ' ' || vendor || ' ' || array_to_string(tags, ' ') AS text
        FROM products WHERE id = ANY(:ids)),
    pairs AS (
      SELECT DISTINCT ON (folded) folded, plain
        FROM written CROSS JOIN LATERAL unnest(
             string_to_array(search_fold(text), ' '), string_to_array(search_plain(text), ' ')) pair (folded, plain)
       WHERE octet_length(text) <> char_length(text) AND search_fold(plain) = folded AND plain <> folded
       ORDER BY folded, plain)
    UPDATE search_words w SET spelling = pairs.plain FROM pairs
     WHERE w.word = pairs.folded AND w.spelling <> pairs.plain
"""

_TIERS = """
    SELECT array_agg(coalesce(
             (SELECT popularity FROM products WHERE status = 'active'
               ORDER BY popularity DESC, id DESC OFFSET place LIMIT 1), -1) ORDER BY place) AS above
      FROM unnest(CAST(:places AS int[])) place
"""

_SAVE_TIERS = """
    INSERT INTO search_tiers (id, language, above) VALUES (1, :language, :above)
    ON CONFLICT (id) DO UPDATE SET language = excluded.language, above = excluded.above
"""


_RECOUNT = """
    WITH counted AS (SELECT word, count(*) AS times FROM search_documents d, unnest(d.words) word GROUP BY word)
    UPDATE search_words w SET products = coalesce(c.times, 0)
      FROM search_words v LEFT JOIN counted c ON c.word = v.word
     WHERE w.word = v.word AND w.products <> coalesce(c.times, 0)
"""

_COUNT_ALL = """
    INSERT INTO search_words (word, stem, spelling)
    SELECT word, search_stem(CAST(:language AS regconfig), word), word
      FROM (SELECT DISTINCT word FROM search_documents d CROSS JOIN LATERAL unnest(d.words) word
            UNION SELECT unnest(CAST(:said AS text[]))) known (word)
    ON CONFLICT (word) DO NOTHING
"""

_RESTEM = """
    UPDATE search_words SET stem = search_stem(CAST(:language AS regconfig), word)
     WHERE stem IS DISTINCT FROM search_stem(CAST(:language AS regconfig), word)
"""

_NEXT = """
    SELECT id FROM (
      (SELECT id FROM products WHERE id > :after ORDER BY id LIMIT :most) UNION
      (SELECT product_id FROM search_documents WHERE product_id > :after ORDER BY product_id LIMIT :most)) one
    ORDER BY id LIMIT :most
"""


def index(product_ids: Sequence[int], language: str) -> None:
    """Make documents anew in the transaction in progress. 8 statements."""
    run(_LOCK)
    known = read_rows("SELECT language, above FROM search_tiers WHERE id = 1")
    _write(product_ids, known[0].language if known else language, list(known[0].above) if known else [])


def forget(product_ids: Sequence[int]) -> None:
    """Take products out of the index, whatever they are. 3 statements."""
    run(_LOCK)
    run(_WITHDRAW, {"ids": list(product_ids)})
    run("DELETE FROM search_documents WHERE product_id = ANY(:ids)", {"ids": list(product_ids)})


def rebuild(language: str) -> Iterable[int]:
    """Make every document anew in batches, each in a transaction of its own; gives how many are done after each.

    What changes meanwhile is noted and follows. Words that no product has any more leave the vocabulary at the end.
    """
    with transaction():
        run(_LOCK)
        above = read_rows(_TIERS, {"places": list(TIERS)})[0].above
        run(_SAVE_TIERS, {"language": language, "above": above})
        # Sorted additions cost a third of single ones; searches read them along meanwhile.
        run("ALTER INDEX search_documents_vector_ix SET (fastupdate = on)")
    done, after = 0, 0
    while True:
        with transaction():
            run(_LOCK)
            # Also documents whose product is gone.
            ids = [row.id for row in read_rows(_NEXT, {"after": after, "most": BATCH})]
            if not ids:
                break
            _write(ids, language, above)
        session.remove()
        done, after = done + len(ids), ids[-1]
        yield done
    with transaction():
        # It counts all words of all products.
        run("SET LOCAL statement_timeout = 0")
        run(_LOCK)
        run(_RECOUNT)
        run(_RESTEM, {"language": language})
        run("ALTER INDEX search_documents_vector_ix SET (fastupdate = off)")
    with transaction():
        run("SELECT gin_clean_pending_list('search_documents_vector_ix')")


def popular_from(above: Sequence[int], language: str) -> None:
    """Say from which popularity on products belong to each tier, in the transaction in progress. 1 statement."""
    run(_SAVE_TIERS, {"language": language, "above": list(above)})


def load_statement() -> str:
    """Return the statement that makes documents of many new products, for a loader with a connection of its own.

    It takes `ids`, `language` and `above`. Words are counted afterwards, once for all: `count_words`.
    """
    return for_driver(_INDEX)


def count_words(language: str, said: Sequence[str]) -> None:
    """Make the vocabulary of all documents, and of words that only descriptions say. 3 statements."""
    run(_LOCK)
    run(_COUNT_ALL, {"language": language, "said": list(said)})
    run(_RECOUNT)


def _write(product_ids: Sequence[int], language: str, above: list[int]) -> None:
    ids = {"ids": list(product_ids)}
    run(_WITHDRAW, ids)
    run(_FORGET, ids)
    run(_INDEX, {**ids, "language": language, "above": above})
    run(_COUNT, {**ids, "language": language})
    run(_LEARN, {**ids, "language": language})
    run(_SPELL, ids)
