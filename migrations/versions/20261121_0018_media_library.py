"""What staff keep pictures by: folders, file names and tags; and the names of the files that a picture had before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_folders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("media_folders_name_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("media_folders_pkey")),
    )
    op.create_index("media_folders_lower_name_ix", "media_folders", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "library_entries",
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("folder_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("library_entries_image_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["media_folders.id"], name=op.f("library_entries_folder_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("library_entries_pkey")),
    )
    op.create_index(op.f("library_entries_folder_id_ix"), "library_entries", ["folder_id"])
    op.create_table(
        "former_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("widths", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("former_keys_image_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("former_keys_pkey")),
    )
    op.create_index(op.f("former_keys_image_id_ix"), "former_keys", ["image_id"])


def downgrade() -> None:
    op.drop_table("former_keys")
    op.drop_table("library_entries")
    op.drop_table("media_folders")
