"""The one reader of the environment: every setting of the shop, typed, with its default."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parents[2]

Listed = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Settings by the upper-case name of each field, e.g. `DATABASE_URL`.

    `store_env` is production unless told otherwise, so a forgotten variable never opens a development door.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    store_env: Literal["development", "production"] = "production"
    store_data_dir: Path = PROJECT_ROOT / ".store"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    trusted_hosts: Listed = ()
    trusted_proxy_cidrs: Listed = ()

    # Typed as text: pydantic's DSN types refuse socket URLs, which psycopg accepts.
    database_url: str = ""
    database_direct_url: str = ""
    redis_url: str = ""

    secret_key: SecretStr = SecretStr("")
    secret_key_fallbacks: Listed = ()

    smtp_url: str = ""
    mail_from: str = ""

    s3_endpoint: str = ""
    s3_bucket: str = ""
    # Part of every signature: R2 and most others take any, AWS its own only.
    s3_region: str = "auto"
    s3_access_key_id: str = ""
    s3_secret_access_key: SecretStr = SecretStr("")
    media_public_url: str = ""

    cloudflare_api_base: str = "https://api.cloudflare.com/client/v4"
    cloudflare_zone_id: str = ""
    cloudflare_api_token: SecretStr = SecretStr("")

    cloudflare_account_id: str = ""
    cloudflare_stream_token: SecretStr = SecretStr("")
    cloudflare_stream_webhook_secret: SecretStr = SecretStr("")

    # Where VAT ids are checked; empty for nowhere, and then every buyer is charged tax.
    vies_api_base: str = "https://ec.europa.eu/taxation_customs/vies/rest-api"

    stripe_secret_key: SecretStr = SecretStr("")
    stripe_webhook_secrets: Listed = ()
    stripe_api_base: str = ""
    # With it cards are typed on our own payment page; without it Stripe's page takes them.
    stripe_publishable_key: str = ""
    stripe_js_url: str = "https://js.stripe.com/dahlia/stripe.js"
    # Whether the account may take an authorisation in several steps; Stripe grants that on request.
    stripe_multicapture: bool = False

    paypal_client_id: str = ""
    paypal_client_secret: SecretStr = SecretStr("")
    paypal_webhook_ids: Listed = ()
    paypal_api_base: str = ""

    momo_partner_code: str = ""
    momo_access_key: str = ""
    momo_secret_key: SecretStr = SecretStr("")
    momo_secret_key_fallbacks: Listed = ()
    momo_api_base: str = "https://payment.momo.vn"

    zalopay_app_id: int = 0
    zalopay_key1: SecretStr = SecretStr("")
    zalopay_key2: SecretStr = SecretStr("")
    zalopay_key2_fallbacks: Listed = ()
    zalopay_api_base: str = "https://openapi.zalopay.vn"

    shippo_api_token: SecretStr = SecretStr("")
    shippo_api_base: str = "https://api.goshippo.com"
    shippo_webhook_token: SecretStr = SecretStr("")
    shippo_webhook_secret: SecretStr = SecretStr("")

    web_workers: int = 2
    log_format: Literal["json", "console"] = "json"
    log_level: str = "INFO"
    test_gateway: bool = False
    # "manual": money is only authorised when an order is placed, and taken by staff or with the parcel.
    payment_capture: Literal["automatic", "manual"] = "automatic"
    capture_on_shipping: bool = False

    order_expiry_seconds: int = 15 * 60
    shipping_undo_seconds: int = 5 * 60
    outbox_lease_seconds: int = 20
    outbox_sweep_seconds: int = 5

    # Crash drills: see store.core.faults.
    store_fault: str = ""
    store_fault_dir: str = ""

    @field_validator(
        "trusted_hosts",
        "trusted_proxy_cidrs",
        "secret_key_fallbacks",
        "stripe_webhook_secrets",
        "paypal_webhook_ids",
        "momo_secret_key_fallbacks",
        "zalopay_key2_fallbacks",
        mode="before",
    )
    @classmethod
    def split_commas(cls, value: object) -> object:
        """Read `a, b` as two entries."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def have_all_of_a_bucket(self) -> Self:
        """Refuse a bucket without the keys to it: pictures would go nowhere."""
        if self.s3_bucket and not (self.s3_access_key_id and self.s3_secret_access_key.get_secret_value()):
            raise ValueError("S3_BUCKET is set, so S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be, too")
        return self

    @model_validator(mode="after")
    def have_all_of_an_edge(self) -> Self:
        """Refuse half of what Cloudflare asks for: pages would be kept and never thrown away."""
        if bool(self.cloudflare_zone_id) != bool(self.cloudflare_api_token.get_secret_value()):
            raise ValueError("CLOUDFLARE_ZONE_ID and CLOUDFLARE_API_TOKEN are set together or not at all")
        return self

    @model_validator(mode="after")
    def have_all_of_a_streaming_service(self) -> Self:
        """Refuse half of what Cloudflare Stream asks for: films would wait for ever."""
        if bool(self.cloudflare_account_id) != bool(self.cloudflare_stream_token.get_secret_value()):
            raise ValueError("CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_STREAM_TOKEN are set together or not at all")
        return self

    @classmethod
    def from_env(cls) -> Self:
        """Read the process environment; raises `pydantic.ValidationError` naming each bad variable."""
        return cls()

    @property
    def is_production(self) -> bool:
        """Whether this process serves real customers."""
        return self.store_env == "production"

    @property
    def has_edge(self) -> bool:
        """Whether there is a cache in front of the shop that it may tell to throw things away."""
        return bool(self.cloudflare_zone_id)

    @property
    def has_streaming(self) -> bool:
        """Whether films are sent to a streaming service besides."""
        return bool(self.cloudflare_account_id)

    @property
    def data_dir(self) -> Path:
        """The data folder as an absolute path."""
        return self.store_data_dir.expanduser().resolve()

    @property
    def base_url(self) -> str:
        """The base of every absolute link, without a trailing slash."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def namespace(self) -> str:
        """The database's name: it keeps two shops apart that share one Valkey."""
        return re.sub(r"[^A-Za-z0-9_-]+", "-", urlsplit(self.database_url).path).strip("-") or "store"

    @property
    def test_gateway_enabled(self) -> bool:
        """The test gateway moves no money, so it exists in development only, whatever is set."""
        return not self.is_production
