"""The search index: documents, the words they are made of, what changed since, and what staff say about queries.

Triggers only note the ids of products whose words may have changed; a job makes the documents anew, many at once. So
an import pays a few microseconds a product, and a document is never half of one state and half of another.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# What belongs to a word, besides a-z and 0-9: the letters of all scripts, not punctuation, symbols and emoji.
# store/search/folding.py says the same in Python; a test compares the two.
LETTERS = (
    r"a-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3005-\u3007\u3021-\ud7ff"
    r"\uf900-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc"
    r"\U00010000-\U0001efff\U00020000-\U0003ffff"
)

# Words in small letters without accents, one space between them. ASCII alone, the usual case, goes a shorter way.
FOLD = rf"""
CREATE FUNCTION search_fold(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(source) = char_length(source)
    THEN btrim(regexp_replace(lower(source), '[^a-z0-9]+', ' ', 'g'))
    ELSE btrim(regexp_replace(
        translate(replace(replace(replace(replace(
            lower(regexp_replace(normalize(lower(source), NFKD), '[\u0300-\u036f]', '', 'g')),
            'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'øđðłıς', 'oddliσ'),
        '[^{LETTERS}]+', ' ', 'g'))
END
"""
# The same words as they were written.
PLAIN = rf"""
CREATE FUNCTION search_plain(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN btrim(regexp_replace(normalize(lower(source), NFC), '[^{LETTERS}]+', ' ', 'g'))
"""
# Other ways to write the same: ü as ue, and what a hyphen joins as one word. Empty when there is none.
OTHERWISE = r"""
CREATE FUNCTION search_otherwise(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(source) = char_length(source) THEN '' ELSE
        CASE WHEN normalize(lower(source), NFC) ~ '[äöüåø]' THEN search_fold(
            replace(replace(replace(replace(replace(normalize(lower(source), NFC),
            'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'å', 'aa'), 'ø', 'oe')) ELSE '' END
    END || ' ' ||
    CASE WHEN source ~ '[a-zA-Z0-9\u00c0-\u1fff][-''’][a-zA-Z0-9\u00c0-\u1fff]'
        THEN search_fold(regexp_replace(source, '([a-zA-Z0-9\u00c0-\u1fff])[-''’](?=[a-zA-Z0-9\u00c0-\u1fff])', '\1', 'g')) ELSE '' END
"""

STEM = """
CREATE FUNCTION search_stem(language regconfig, word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (tsvector_to_array(to_tsvector(language, word)))[1]
"""

NOTE = """
CREATE FUNCTION note_for_search(changed_ids bigint[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    IF changed_ids IS NULL THEN RETURN; END IF;
    -- Once for each transaction: what it does to a product becomes visible all at once. Rows of other transactions
    -- don't count, for the indexer may just have read the product without this change.
    INSERT INTO search_changes (product_id)
    SELECT c.id FROM unnest(changed_ids) c (id)
     WHERE NOT EXISTS (
           SELECT FROM search_changes s WHERE s.product_id = c.id AND s.noted_by = pg_current_xact_id()::text OFFSET 0);
END $$
"""
LEADS = {
    "options": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "option_values": (
        "SELECT array_agg(DISTINCT product_id) FROM options "
        "WHERE id = ANY(ARRAY(SELECT DISTINCT option_id FROM changed))"
    ),
    "custom_field_values": "SELECT array_agg(DISTINCT product_id) FROM changed",
}
TRANSITIONS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
WATCHED = (
    "title", "description_html", "vendor", "product_type", "tags", "status", "published_at", "popularity",
    "category_id",
)  # fmt: skip


def upgrade() -> None:
    op.execute(FOLD)
    op.execute(PLAIN)
    op.execute(OTHERWISE)
    op.execute(STEM)
    op.create_table(
        "search_documents",
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("head", postgresql.TSVECTOR(), nullable=False),
        sa.Column("vector", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("search_documents_pkey")),
    )
    op.create_index(
        op.f("search_documents_vector_ix"),
        "search_documents",
        ["vector"],
        postgresql_using="gin",
        # A list of unsorted additions would have to be read by every search.
        postgresql_with={"fastupdate": "off"},
    )
    op.create_table(
        "search_words",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("stem", sa.Text(collation="C"), nullable=True),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("products", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("search_words_pkey")),
    )
    op.create_index(
        op.f("search_words_word_ix"),
        "search_words",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.create_index(op.f("search_words_stem_ix"), "search_words", ["stem"])
    op.create_table(
        "search_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", sa.Text(), server_default=sa.text("(pg_current_xact_id())::text"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("search_changes_pkey")),
    )
    op.create_index(op.f("search_changes_product_id_ix"), "search_changes", ["product_id"])
    op.create_table(
        "search_tiers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("above", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("search_tiers_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("search_tiers_pkey")),
    )
    op.create_table(
        "search_synonyms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("meant", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint("cardinality(words) + cardinality(meant) >= 2", name=op.f("search_synonyms_words_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("search_synonyms_pkey")),
    )
    op.create_table(
        "search_pins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("product_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("search_pins_pkey")),
        sa.UniqueConstraint("folded", name=op.f("search_pins_folded_key")),
    )
    op.create_table(
        "search_misses",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("day", "query", name=op.f("search_misses_pkey")),
    )
    op.create_index(
        op.f("variants_lower_sku_ix"),
        "variants",
        [sa.text("lower(sku) text_pattern_ops")],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.execute(NOTE)
    _follow()


def _follow() -> None:
    for table, lead in LEADS.items():
        op.execute(
            f"CREATE FUNCTION {table}_searched() RETURNS trigger LANGUAGE plpgsql "
            "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off "
            f"AS $$ BEGIN PERFORM note_for_search(({lead})); RETURN NULL; END $$"
        )
        for operation, transition in TRANSITIONS.items():
            op.execute(
                f"CREATE TRIGGER {table}_searched_{operation.lower()} AFTER {operation} ON {table} "
                f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {table}_searched()"
            )
    op.execute(
        "CREATE FUNCTION products_searched() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN PERFORM note_for_search((SELECT array_agg(id) FROM changed)); RETURN NULL; END $$"
    )
    for operation, transition in (("INSERT", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER products_searched_{operation.lower()} AFTER {operation} ON products "
            f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION products_searched()"
        )
    # Stock and prices touch products all day long; only a row whose words may be others is worth a note.
    op.execute(
        "CREATE FUNCTION product_searched() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN PERFORM note_for_search(ARRAY[NEW.id]); RETURN NULL; END $$"
    )
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in WATCHED)
    op.execute(
        "CREATE TRIGGER product_searched AFTER UPDATE ON products FOR EACH ROW "
        f"WHEN ({changed}) EXECUTE FUNCTION product_searched()"
    )
    op.execute(
        "CREATE FUNCTION category_searched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM note_for_search((SELECT array_agg(id) FROM products WHERE category_id = NEW.id)); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER category_searched AFTER UPDATE ON categories FOR EACH ROW "
        "WHEN (OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION category_searched()"
    )


def downgrade() -> None:
    for function in (
        "category_searched", "product_searched", "products_searched", *(f"{table}_searched" for table in LEADS),
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}() CASCADE")
    op.execute("DROP FUNCTION note_for_search(bigint[])")
    op.drop_index(op.f("variants_lower_sku_ix"), table_name="variants")
    for table in ("misses", "pins", "synonyms", "tiers", "changes", "words", "documents"):
        op.drop_table(f"search_{table}")
    for function in ("otherwise", "plain", "fold"):
        op.execute(f"DROP FUNCTION search_{function}(text)")
    op.execute("DROP FUNCTION search_stem(regconfig, text)")
