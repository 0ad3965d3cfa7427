"""Films at a streaming service; a player that is ready raises the revision of the products that show it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

LOOK_UP = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
SHOWN_BY = (
    "SELECT array_agg(DISTINCT product_id) FROM product_films "
    "WHERE film_id = ANY(ARRAY(SELECT DISTINCT film_id FROM changed))"
)


def upgrade() -> None:
    op.create_table(
        "film_streams",
        sa.Column("film_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("problem", "embed_url", "hls_url")
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'ready', 'failed')", name=op.f("film_streams_state_check")),
        sa.CheckConstraint("(state = 'ready') = (embed_url <> '')", name=op.f("film_streams_ready_has_player_check")),
        sa.CheckConstraint("state <> 'sent' OR external_id IS NOT NULL", name=op.f("film_streams_sent_has_id_check")),
        sa.ForeignKeyConstraint(["film_id"], ["films.id"], name=op.f("film_streams_film_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("film_id", name=op.f("film_streams_pkey")),
        sa.UniqueConstraint("external_id", name=op.f("film_streams_external_id_key")),
    )
    op.execute(
        f"CREATE FUNCTION film_streams_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$ "
        f"BEGIN PERFORM bump_products(({SHOWN_BY})); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER film_streams_update AFTER UPDATE ON film_streams REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION film_streams_changed()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION film_streams_changed() CASCADE")
    op.drop_table("film_streams")
