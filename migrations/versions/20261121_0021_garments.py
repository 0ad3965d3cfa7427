"""What products made to order look like: views, photographs of the garment, and artwork by value."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LOOK_UP = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

_OF_VIEWS = "SELECT array_agg(DISTINCT product_id) FROM garment_views WHERE id = ANY(ARRAY(SELECT DISTINCT view_id FROM changed))"
LEADS = {
    "garment_views": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "garment_photos": _OF_VIEWS,
    "artworks": _OF_VIEWS,
}
TRANSITIONS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}

# A picture that gets its bytes, or others, changes what is composed of it too.
IMAGES = """
    SELECT array_agg(DISTINCT product_id) FROM (
        SELECT product_id FROM product_images WHERE image_id = ANY(ARRAY(SELECT id FROM changed))
        UNION ALL
        SELECT product_id FROM garment_views WHERE id = ANY(ARRAY(
            SELECT view_id FROM artworks WHERE image_id = ANY(ARRAY(SELECT id FROM changed))
            UNION ALL SELECT view_id FROM garment_photos WHERE image_id = ANY(ARRAY(SELECT id FROM changed))
            UNION ALL SELECT view_id FROM garment_photos WHERE folds_id = ANY(ARRAY(SELECT id FROM changed))
            UNION ALL SELECT view_id FROM garment_photos WHERE backdrop_id = ANY(ARRAY(SELECT id FROM changed))))) led
"""
IMAGES_BEFORE = (
    "SELECT array_agg(DISTINCT product_id) FROM product_images WHERE image_id = ANY(ARRAY(SELECT id FROM changed))"
)


def upgrade() -> None:
    op.create_table(
        "garment_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("width_mm", sa.BigInteger(), nullable=False),
        sa.Column("height_mm", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "width_mm BETWEEN 10 AND 1500 AND height_mm BETWEEN 10 AND 1500", name=op.f("garment_views_size_check")
        ),
        _foreign("garment_views", "product_id", "products"),
        sa.PrimaryKeyConstraint("id", name=op.f("garment_views_pkey")),
        sa.UniqueConstraint("product_id", "name", name=op.f("garment_views_product_id_name_key")),
    )
    op.create_table(
        "garment_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("view_id", sa.BigInteger(), nullable=False),
        sa.Column("option_key", sa.Text(), server_default="", nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("folds_id", sa.BigInteger(), nullable=True),
        sa.Column("backdrop_id", sa.BigInteger(), nullable=True),
        sa.Column("tinted", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("area_left", sa.Numeric(5, 2), nullable=False),
        sa.Column("area_top", sa.Numeric(5, 2), nullable=False),
        sa.Column("area_width", sa.Numeric(5, 2), nullable=False),
        sa.Column("area_height", sa.Numeric(5, 2), nullable=False),
        sa.CheckConstraint(
            "area_left >= 0 AND area_top >= 0 AND area_width > 0 AND area_height > 0 "
            "AND area_left + area_width <= 100 AND area_top + area_height <= 100",
            name=op.f("garment_photos_area_check"),
        ),
        _foreign("garment_photos", "view_id", "garment_views"),
        _foreign("garment_photos", "image_id", "images", ondelete="RESTRICT"),
        _foreign("garment_photos", "folds_id", "images", ondelete="RESTRICT"),
        _foreign("garment_photos", "backdrop_id", "images", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("garment_photos_pkey")),
        sa.UniqueConstraint("view_id", "option_key", name=op.f("garment_photos_view_id_option_key_key")),
    )
    for column in ("image_id", "folds_id", "backdrop_id"):
        op.create_index(op.f(f"garment_photos_{column}_ix"), "garment_photos", [column])
    op.create_table(
        "artworks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("view_id", sa.BigInteger(), nullable=False),
        sa.Column("option_key", sa.Text(), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("option_key <> ''", name=op.f("artworks_named_check")),
        _foreign("artworks", "view_id", "garment_views"),
        _foreign("artworks", "image_id", "images", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("artworks_pkey")),
        sa.UniqueConstraint("view_id", "option_key", name=op.f("artworks_view_id_option_key_key")),
    )
    op.create_index(op.f("artworks_image_id_ix"), "artworks", ["image_id"])
    for table, lead in LEADS.items():
        op.execute(
            f"CREATE FUNCTION {table}_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$ "
            f"BEGIN PERFORM bump_products(({lead})); RETURN NULL; END $$"
        )
        for operation, transition in TRANSITIONS.items():
            op.execute(
                f"CREATE TRIGGER {table}_{operation.lower()} AFTER {operation} ON {table} "
                f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {table}_changed()"
            )
    _lead_from_images(IMAGES)


def downgrade() -> None:
    _lead_from_images(IMAGES_BEFORE)
    for table in ("artworks", "garment_photos", "garment_views"):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION {table}_changed()")


def _lead_from_images(lead: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION images_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$ "
        f"BEGIN PERFORM bump_products(({lead})); RETURN NULL; END $$"
    )


def _foreign(table: str, column: str, target: str, *, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"{table}_{column}_fkey"), ondelete=ondelete)
