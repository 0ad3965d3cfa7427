"""The tables of the shop's first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "images",
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("alt", sa.Text(), server_default="", nullable=False),
        sa.Column("width", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("height", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("colour", sa.Text(), nullable=True),
        sa.Column("widths", postgresql.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("(status = 'ready') = (key IS NOT NULL)", name=op.f("images_ready_has_key_check")),
        sa.CheckConstraint("status IN ('pending', 'ready', 'failed')", name=op.f("images_status_check")),
        sa.CheckConstraint("key IS NOT NULL OR source_url IS NOT NULL", name=op.f("images_origin_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("images_pkey")),
        sa.UniqueConstraint("key", name=op.f("images_key_key")),
        sa.UniqueConstraint("source_url", name=op.f("images_source_url_key")),
    )
    op.create_table(
        "inventory_items",
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("tracked", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("policy", sa.Text(), server_default="deny", nullable=False),
        sa.Column("backorder_limit", sa.BigInteger(), nullable=True),
        sa.Column("safety_stock", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("policy IN ('deny', 'continue')", name=op.f("inventory_items_policy_check")),
        sa.CheckConstraint("backorder_limit >= 0", name=op.f("inventory_items_backorder_limit_check")),
        sa.CheckConstraint("safety_stock >= 0", name=op.f("inventory_items_safety_stock_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("inventory_items_pkey")),
    )
    op.create_table(
        "locations",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("locations_pkey")),
        sa.UniqueConstraint("code", name=op.f("locations_code_key")),
    )
    op.create_table(
        "markets",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("prefix ~ '^([a-z]{2}(-[a-z]{2})?)?$'", name=op.f("markets_prefix_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("markets_pkey")),
        sa.UniqueConstraint("code", name=op.f("markets_code_key")),
        sa.UniqueConstraint("prefix", name=op.f("markets_prefix_key")),
    )
    op.create_index(
        "markets_default_key", "markets", ["is_default"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.create_table(
        "messages",
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_ref", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("status IN ('queued', 'sent', 'failed')", name=op.f("messages_status_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("messages_pkey")),
        sa.UniqueConstraint("dedupe_key", name=op.f("messages_dedupe_key_key")),
    )
    op.create_index(op.f("messages_subject_ref_ix"), "messages", ["subject_ref"], unique=False)
    op.create_table(
        "number_series",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("number_series_pkey")),
    )
    op.create_table(
        "orders",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("cart_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("payment_status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("fulfilment_status", sa.Text(), server_default="unfulfilled", nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("shipping_address", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shipping_method_code", sa.Text(), nullable=False),
        sa.Column("shipping_label", sa.Text(), nullable=False),
        sa.Column("shipping_days", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_tax_rate", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column("shipping_tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("quote_hash", sa.Text(), nullable=False),
        sa.Column("attention", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "fulfilment_status IN ('unfulfilled', 'fulfilled', 'cancelled')",
            name=op.f("orders_fulfilment_status_check"),
        ),
        sa.CheckConstraint(
            "payment_status IN ('none', 'pending', 'paid', 'partially_refunded', 'refunded', 'failed')",
            name=op.f("orders_payment_status_check"),
        ),
        sa.CheckConstraint(
            "status <> 'placed' OR (number IS NOT NULL AND placed_at IS NOT NULL)",
            name=op.f("orders_placed_has_number_check"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'pending', 'placed', 'cancelled', 'expired')", name=op.f("orders_status_check")
        ),
        sa.CheckConstraint(
            "total_minor >= 0 AND subtotal_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0",
            name=op.f("orders_money_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("orders_pkey")),
        sa.UniqueConstraint("cart_id", name=op.f("orders_cart_id_key")),
        sa.UniqueConstraint("number", name=op.f("orders_number_key")),
        sa.UniqueConstraint("token", name=op.f("orders_token_key")),
    )
    op.create_index(op.f("orders_email_ix"), "orders", ["email"], unique=False)
    op.create_index(
        "orders_expiring_ix", "orders", ["expires_at"], unique=False, postgresql_where=sa.text("status = 'pending'")
    )
    op.create_index("orders_queue_ix", "orders", ["status", "payment_status", "fulfilment_status", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
        sa.UniqueConstraint("dedupe_key", name=op.f("outbox_dedupe_key_key")),
    )
    op.create_index(
        "outbox_done_at_ix", "outbox", ["done_at"], unique=False, postgresql_where=sa.text("done_at IS NOT NULL")
    )
    op.create_index(
        "outbox_waiting_ix",
        "outbox",
        ["available_at", "id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "pages",
        sa.Column("kind", sa.Text(), server_default="page", nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kind IN ('page', 'policy')", name=op.f("pages_kind_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("pages_pkey")),
        sa.UniqueConstraint("kind", "handle", name=op.f("pages_kind_handle_key")),
    )
    op.create_table(
        "payment_events",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("payment_events_pkey")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("payment_events_provider_event_id_key")),
    )
    op.create_index(op.f("payment_events_external_id_ix"), "payment_events", ["external_id"], unique=False)
    op.create_table(
        "products",
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description_html", sa.Text(), server_default="", nullable=False),
        sa.Column("vendor", sa.Text(), server_default="", nullable=False),
        sa.Column("product_type", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tax_class", sa.Text(), server_default="standard", nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("seo_title", sa.Text(), server_default="", nullable=False),
        sa.Column("seo_description", sa.Text(), server_default="", nullable=False),
        sa.Column("popularity", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("available", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("products_handle_check")),
        sa.CheckConstraint("status IN ('draft', 'active', 'archived')", name=op.f("products_status_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("products_pkey")),
        sa.UniqueConstraint("handle", name=op.f("products_handle_key")),
    )
    op.create_index(
        "products_newest_ix",
        "products",
        [sa.literal_column("published_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "products_popular_ix",
        "products",
        [sa.literal_column("popularity DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "products_title_trgm_ix",
        "products",
        [sa.literal_column("lower(title)").label("lower_title")],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"lower_title": "gin_trgm_ops"},
    )
    op.create_table(
        "shipping_methods",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("free_from_minor", sa.BigInteger(), nullable=True),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("min_days", sa.BigInteger(), server_default="2", nullable=False),
        sa.Column("max_days", sa.BigInteger(), server_default="4", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("0 <= min_days AND min_days <= max_days", name=op.f("shipping_methods_days_check")),
        sa.CheckConstraint("free_from_minor >= 0", name=op.f("shipping_methods_free_from_check")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("shipping_methods_price_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("shipping_methods_pkey")),
        sa.UniqueConstraint("code", name=op.f("shipping_methods_code_key")),
    )
    op.create_table(
        "shops",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("tagline", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("shops_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("shops_pkey")),
    )
    op.create_table(
        "staff",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="read_only", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'manager', 'fulfilment', 'support', 'read_only')", name=op.f("staff_role_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("staff_pkey")),
    )
    op.create_index("staff_email_key", "staff", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "staff_actions",
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("staff_actions_pkey")),
    )
    op.create_index(
        op.f("staff_actions_subject_subject_id_ix"), "staff_actions", ["subject", "subject_id"], unique=False
    )
    op.create_table(
        "tax_rates",
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("rate >= 0 AND rate < 1", name=op.f("tax_rates_rate_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("tax_rates_pkey")),
        sa.UniqueConstraint("country", "tax_class", name=op.f("tax_rates_country_tax_class_key")),
    )
    op.create_table(
        "test_bank_knobs",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("test_bank_knobs_remaining_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("test_bank_knobs_pkey")),
        sa.UniqueConstraint("call", "fault", name=op.f("test_bank_knobs_call_fault_key")),
    )
    op.create_table(
        "test_bank_payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requires_payment", nullable=False),
        sa.Column("decline_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('requires_payment', 'requires_action', 'processing', 'declined', 'cancelled', 'succeeded')",
            name=op.f("test_bank_payments_status_check"),
        ),
        sa.CheckConstraint(
            "refunded_minor >= 0 AND refunded_minor <= amount_minor", name=op.f("test_bank_payments_refunded_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("test_bank_payments_pkey")),
        sa.UniqueConstraint("idempotency_key", name=op.f("test_bank_payments_idempotency_key_key")),
    )
    op.create_table(
        "test_bank_refunds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('succeeded', 'failed')", name=op.f("test_bank_refunds_status_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("test_bank_refunds_pkey")),
        sa.UniqueConstraint("idempotency_key", name=op.f("test_bank_refunds_idempotency_key_key")),
    )
    op.create_table(
        "web_sessions",
        sa.Column("id_hash", sa.Text(), nullable=False),
        sa.Column("realm", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("realm IN ('shop', 'staff')", name=op.f("web_sessions_realm_check")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("web_sessions_pkey")),
    )
    op.create_index("web_sessions_expires_at_ix", "web_sessions", ["expires_at"], unique=False)
    op.create_index(
        "web_sessions_staff_id_ix",
        "web_sessions",
        ["staff_id"],
        unique=False,
        postgresql_where=sa.text("staff_id IS NOT NULL"),
    )
    op.create_table(
        "carts",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("shipping_address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("shipping_method_id", sa.BigInteger(), nullable=True),
        sa.Column("payment_provider", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["shipping_method_id"],
            ["shipping_methods.id"],
            name=op.f("carts_shipping_method_id_fkey"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("carts_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("carts_token_hash_key")),
    )
    op.create_index(op.f("carts_updated_at_ix"), "carts", ["updated_at"], unique=False)
    op.create_table(
        "collections",
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description_html", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=True),
        sa.Column("seo_title", sa.Text(), server_default="", nullable=False),
        sa.Column("seo_description", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND handle <> 'all'", name=op.f("collections_handle_check")
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("collections_image_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("collections_pkey")),
        sa.UniqueConstraint("handle", name=op.f("collections_handle_key")),
    )
    op.create_table(
        "fulfilments",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="shipped", nullable=False),
        sa.Column("carrier", sa.Text(), server_default="", nullable=False),
        sa.Column("tracking_number", sa.Text(), server_default="", nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("status IN ('shipped', 'cancelled')", name=op.f("fulfilments_status_check")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fulfilments_order_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("fulfilments_pkey")),
    )
    op.create_index(op.f("fulfilments_order_id_ix"), "fulfilments", ["order_id"], unique=False)
    op.create_table(
        "options",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("options_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("options_pkey")),
        sa.UniqueConstraint("product_id", "name", name=op.f("options_product_id_name_key")),
    )
    op.create_table(
        "order_events",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("actor", sa.Text(), server_default="system", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("order_events_order_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("order_events_pkey")),
    )
    op.create_index(op.f("order_events_order_id_id_ix"), "order_events", ["order_id", "id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("product_handle", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("variant_title", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("image_key", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("unit_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("order_lines_quantity_check")),
        sa.CheckConstraint("total_minor >= 0 AND tax_minor >= 0", name=op.f("order_lines_money_check")),
        sa.CheckConstraint(
            "unit_net_minor >= 0 AND unit_gross_minor >= unit_net_minor", name=op.f("order_lines_unit_check")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("order_lines_order_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("order_lines_pkey")),
        sa.UniqueConstraint("order_id", "position", name=op.f("order_lines_order_id_position_key")),
    )
    op.create_index(op.f("order_lines_variant_id_ix"), "order_lines", ["variant_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), server_default="created", nullable=False),
        sa.Column("redirect_url", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('created', 'requires_action', 'processing', 'failed', 'voided', 'captured')",
            name=op.f("payments_status_check"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("payments_amount_check")),
        sa.CheckConstraint("captured_minor IN (0, amount_minor)", name=op.f("payments_captured_check")),
        sa.CheckConstraint(
            "refunded_minor >= 0 AND refunded_minor <= captured_minor", name=op.f("payments_refunded_check")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("payments_order_id_fkey"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("payments_pkey")),
        sa.UniqueConstraint("idempotency_key", name=op.f("payments_idempotency_key_key")),
        sa.UniqueConstraint("order_id", "attempt", name=op.f("payments_order_id_attempt_key")),
        sa.UniqueConstraint("provider", "external_id", name=op.f("payments_provider_external_id_key")),
    )
    op.create_index(
        "payments_open_ix",
        "payments",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('created', 'requires_action', 'processing')"),
    )
    op.create_table(
        "product_images",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("alt", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("product_images_image_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("product_images_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "image_id", name=op.f("product_images_pkey")),
    )
    op.create_index(op.f("product_images_image_id_ix"), "product_images", ["image_id"], unique=False)
    op.create_table(
        "stock_levels",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("allocated", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("incoming", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("allocated >= 0", name=op.f("stock_levels_allocated_check")),
        sa.CheckConstraint("incoming >= 0", name=op.f("stock_levels_incoming_check")),
        sa.CheckConstraint("reserved >= 0", name=op.f("stock_levels_reserved_check")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["inventory_items.id"], name=op.f("stock_levels_item_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.id"], name=op.f("stock_levels_location_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("stock_levels_pkey")),
        sa.UniqueConstraint("item_id", "location_id", name=op.f("stock_levels_item_id_location_id_key")),
    )
    op.create_table(
        "variants",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("option_key", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("weight_grams", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("requires_shipping", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("taxable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("available", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stock_left", sa.SmallInteger(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("weight_grams >= 0", name=op.f("variants_weight_check")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("variants_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("variants_pkey")),
        sa.UniqueConstraint("product_id", "option_key", name=op.f("variants_product_id_option_key_key")),
        sa.UniqueConstraint("sku", name=op.f("variants_sku_key")),
    )
    op.create_table(
        "cart_lines",
        sa.Column("cart_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("configuration", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("configuration_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("priced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name=op.f("cart_lines_quantity_check")),
        sa.ForeignKeyConstraint(["cart_id"], ["carts.id"], name=op.f("cart_lines_cart_id_fkey"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("cart_lines_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("cart_lines_pkey")),
        sa.UniqueConstraint(
            "cart_id",
            "variant_id",
            "configuration_hash",
            name=op.f("cart_lines_cart_id_variant_id_configuration_hash_key"),
        ),
    )
    op.create_table(
        "collection_products",
        sa.Column("collection_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name=op.f("collection_products_collection_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("collection_products_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection_id", "product_id", name=op.f("collection_products_pkey")),
    )
    op.create_index(
        op.f("collection_products_collection_id_position_product_id_ix"),
        "collection_products",
        ["collection_id", "position", "product_id"],
        unique=False,
    )
    op.create_index(op.f("collection_products_product_id_ix"), "collection_products", ["product_id"], unique=False)
    op.create_table(
        "fulfilment_lines",
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("fulfilment_lines_quantity_check")),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"], ["fulfilments.id"], name=op.f("fulfilment_lines_fulfilment_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fulfilment_lines_order_line_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("fulfilment_id", "order_line_id", name=op.f("fulfilment_lines_pkey")),
    )
    op.create_table(
        "holds",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("level_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="held", nullable=False),
        sa.Column("attempt", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'allocated', 'shipped', 'released', 'returned')", name=op.f("holds_state_check")
        ),
        sa.CheckConstraint("quantity >= 1", name=op.f("holds_quantity_check")),
        sa.ForeignKeyConstraint(
            ["level_id"], ["stock_levels.id"], name=op.f("holds_level_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("holds_pkey")),
        sa.UniqueConstraint("reference", "level_id", name=op.f("holds_reference_level_id_key")),
    )
    op.create_index(op.f("holds_level_id_ix"), "holds", ["level_id"], unique=False)
    op.create_table(
        "option_values",
        sa.Column("option_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("swatch", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("swatch ~ '^#[0-9a-f]{6}$'", name=op.f("option_values_swatch_check")),
        sa.ForeignKeyConstraint(
            ["option_id"], ["options.id"], name=op.f("option_values_option_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("option_values_pkey")),
        sa.UniqueConstraint("option_id", "value", name=op.f("option_values_option_id_value_key")),
    )
    op.create_table(
        "prices",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_list_id", sa.BigInteger(), nullable=True),
        sa.Column("min_qty", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("compare_at_minor", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("prices_amount_check")),
        sa.CheckConstraint("compare_at_minor >= 0", name=op.f("prices_compare_at_check")),
        sa.CheckConstraint("min_qty >= 1", name=op.f("prices_min_qty_check")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("prices_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("prices_pkey")),
        sa.UniqueConstraint(
            "variant_id",
            "currency",
            "price_list_id",
            "min_qty",
            name=op.f("prices_variant_id_currency_price_list_id_min_qty_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "refunds",
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("restock", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), server_default="system", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("status IN ('requested', 'succeeded', 'failed')", name=op.f("refunds_status_check")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("refunds_amount_check")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("refunds_payment_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("refunds_pkey")),
        sa.UniqueConstraint("payment_id", "external_id", name=op.f("refunds_payment_id_external_id_key")),
        sa.UniqueConstraint("request_id", name=op.f("refunds_request_id_key")),
    )
    op.create_table(
        "variant_images",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("variant_images_image_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("variant_images_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("variant_id", "image_id", name=op.f("variant_images_pkey")),
    )
    op.create_index(op.f("variant_images_image_id_ix"), "variant_images", ["image_id"], unique=False)
    op.create_table(
        "variant_items",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("variant_items_quantity_check")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["inventory_items.id"], name=op.f("variant_items_item_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("variant_items_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("variant_id", "item_id", name=op.f("variant_items_pkey")),
    )
    op.create_index(op.f("variant_items_item_id_ix"), "variant_items", ["item_id"], unique=False)
    op.create_table(
        "stock_movements",
        sa.Column("level_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on_hand_delta", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved_delta", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("allocated_delta", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("incoming_delta", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), server_default="system", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'adjusted', 'reserved', 'released', 'allocated', 'deallocated', 'shipped', 'returned')",
            name=op.f("stock_movements_kind_check"),
        ),
        sa.CheckConstraint(
            "on_hand_delta <> 0 OR reserved_delta <> 0 OR allocated_delta <> 0 OR incoming_delta <> 0",
            name=op.f("stock_movements_moves_check"),
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.id"], name=op.f("stock_movements_hold_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["level_id"], ["stock_levels.id"], name=op.f("stock_movements_level_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("stock_movements_pkey")),
        sa.UniqueConstraint("hold_id", "kind", "attempt", name=op.f("stock_movements_hold_id_kind_attempt_key")),
    )
    op.create_index(op.f("stock_movements_level_id_id_ix"), "stock_movements", ["level_id", "id"], unique=False)
    op.create_table(
        "variant_values",
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("option_id", sa.BigInteger(), nullable=False),
        sa.Column("value_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["option_id"], ["options.id"], name=op.f("variant_values_option_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["value_id"], ["option_values.id"], name=op.f("variant_values_value_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("variant_values_variant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("variant_id", "option_id", name=op.f("variant_values_pkey")),
    )
    op.create_index(op.f("variant_values_value_id_ix"), "variant_values", ["value_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("variant_values_value_id_ix"), table_name="variant_values")
    op.drop_table("variant_values")
    op.drop_index(op.f("stock_movements_level_id_id_ix"), table_name="stock_movements")
    op.drop_table("stock_movements")
    op.drop_index(op.f("variant_items_item_id_ix"), table_name="variant_items")
    op.drop_table("variant_items")
    op.drop_index(op.f("variant_images_image_id_ix"), table_name="variant_images")
    op.drop_table("variant_images")
    op.drop_table("refunds")
    op.drop_table("prices")
    op.drop_table("option_values")
    op.drop_index(op.f("holds_level_id_ix"), table_name="holds")
    op.drop_table("holds")
    op.drop_table("fulfilment_lines")
    op.drop_index(op.f("collection_products_product_id_ix"), table_name="collection_products")
    op.drop_index(op.f("collection_products_collection_id_position_product_id_ix"), table_name="collection_products")
    op.drop_table("collection_products")
    op.drop_table("cart_lines")
    op.drop_table("variants")
    op.drop_table("stock_levels")
    op.drop_index(op.f("product_images_image_id_ix"), table_name="product_images")
    op.drop_table("product_images")
    op.drop_index(
        "payments_open_ix",
        table_name="payments",
        postgresql_where=sa.text("status IN ('created', 'requires_action', 'processing')"),
    )
    op.drop_table("payments")
    op.drop_index(op.f("order_lines_variant_id_ix"), table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index(op.f("order_events_order_id_id_ix"), table_name="order_events")
    op.drop_table("order_events")
    op.drop_table("options")
    op.drop_index(op.f("fulfilments_order_id_ix"), table_name="fulfilments")
    op.drop_table("fulfilments")
    op.drop_table("collections")
    op.drop_index(op.f("carts_updated_at_ix"), table_name="carts")
    op.drop_table("carts")
    op.drop_index(
        "web_sessions_staff_id_ix", table_name="web_sessions", postgresql_where=sa.text("staff_id IS NOT NULL")
    )
    op.drop_index("web_sessions_expires_at_ix", table_name="web_sessions")
    op.drop_table("web_sessions")
    op.drop_table("test_bank_refunds")
    op.drop_table("test_bank_payments")
    op.drop_table("test_bank_knobs")
    op.drop_table("tax_rates")
    op.drop_index(op.f("staff_actions_subject_subject_id_ix"), table_name="staff_actions")
    op.drop_table("staff_actions")
    op.drop_index("staff_email_key", table_name="staff")
    op.drop_table("staff")
    op.drop_table("shops")
    op.drop_table("shipping_methods")
    op.drop_index(
        "products_title_trgm_ix",
        table_name="products",
        postgresql_using="gin",
        postgresql_ops={"lower_title": "gin_trgm_ops"},
    )
    op.drop_index("products_popular_ix", table_name="products", postgresql_where=sa.text("status = 'active'"))
    op.drop_index("products_newest_ix", table_name="products", postgresql_where=sa.text("status = 'active'"))
    op.drop_table("products")
    op.drop_index(op.f("payment_events_external_id_ix"), table_name="payment_events")
    op.drop_table("payment_events")
    op.drop_table("pages")
    op.drop_index(
        "outbox_waiting_ix", table_name="outbox", postgresql_where=sa.text("done_at IS NULL AND parked_at IS NULL")
    )
    op.drop_index("outbox_done_at_ix", table_name="outbox", postgresql_where=sa.text("done_at IS NOT NULL"))
    op.drop_table("outbox")
    op.drop_index("orders_queue_ix", table_name="orders")
    op.drop_index("orders_expiring_ix", table_name="orders", postgresql_where=sa.text("status = 'pending'"))
    op.drop_index(op.f("orders_email_ix"), table_name="orders")
    op.drop_table("orders")
    op.drop_table("number_series")
    op.drop_index(op.f("messages_subject_ref_ix"), table_name="messages")
    op.drop_table("messages")
    op.drop_index("markets_default_key", table_name="markets", postgresql_where=sa.text("is_default"))
    op.drop_table("markets")
    op.drop_table("locations")
    op.drop_table("inventory_items")
    op.drop_table("images")
