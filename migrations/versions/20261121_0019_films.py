"""Films, their captions, and the products that show them; what changes of them raises the products' revision."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LOOK_UP = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

SHOWN_BY = "SELECT array_agg(DISTINCT product_id) FROM product_films WHERE film_id = ANY(ARRAY(SELECT DISTINCT {key} FROM changed))"
FOLLOWED = {
    "product_films": (
        "product_films",
        "SELECT array_agg(DISTINCT product_id) FROM changed",
        ("INSERT", "UPDATE", "DELETE"),
    ),
    "films": ("films", SHOWN_BY.format(key="id"), ("UPDATE",)),
    "film_captions": ("film_captions", SHOWN_BY.format(key="film_id"), ("INSERT", "UPDATE", "DELETE")),
    "film_posters": (
        "images",
        "SELECT array_agg(DISTINCT product_id) FROM product_films WHERE film_id = ANY(ARRAY("
        "SELECT id FROM films WHERE image_id = ANY(ARRAY(SELECT id FROM changed))))",
        ("UPDATE",),
    ),
}
TRANSITIONS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def upgrade() -> None:
    op.create_table(
        "films",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="ready", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kind IN ('mp4', 'webm')", name=op.f("films_kind_check")),
        sa.CheckConstraint("status IN ('ready', 'leaving', 'deleting')", name=op.f("films_status_check")),
        sa.CheckConstraint("size > 0 AND width > 0 AND height > 0", name=op.f("films_extent_check")),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("films_image_id_fkey"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("films_pkey")),
        sa.UniqueConstraint("key", name=op.f("films_key_key")),
    )
    op.create_index(op.f("films_image_id_ix"), "films", ["image_id"])
    op.create_table(
        "film_captions",
        sa.Column("film_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'", name=op.f("film_captions_language_check")),
        sa.ForeignKeyConstraint(["film_id"], ["films.id"], name=op.f("film_captions_film_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("film_captions_pkey")),
        sa.UniqueConstraint("film_id", "language", name=op.f("film_captions_film_id_language_key")),
    )
    op.create_table(
        "product_films",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("film_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("product_films_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["film_id"], ["films.id"], name=op.f("product_films_film_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("product_id", "film_id", name=op.f("product_films_pkey")),
    )
    op.create_index(op.f("product_films_film_id_ix"), "product_films", ["film_id"])
    for name, (table, lead, operations) in FOLLOWED.items():
        op.execute(
            f"CREATE FUNCTION {name}_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$ "
            f"BEGIN PERFORM bump_products(({lead})); RETURN NULL; END $$"
        )
        for operation in operations:
            op.execute(
                f"CREATE TRIGGER {name}_{operation.lower()} AFTER {operation} ON {table} "
                f"REFERENCING {TRANSITIONS[operation]} TABLE AS changed "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_changed()"
            )


def downgrade() -> None:
    for name in FOLLOWED:
        op.execute(f"DROP FUNCTION {name}_changed() CASCADE")
    op.drop_table("product_films")
    op.drop_table("film_captions")
    op.drop_table("films")
