"""The search index and what staff say about queries. Triggers write `SearchChange`; see migration 0011."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import KeylessModel, Model


class SearchDocument(KeylessModel):
    """The words of a product that shoppers may find.

    `head` holds those of title, describing fields and custom fields with their weights and decides the order;
    `vector` holds all of them, the description's too, without weights, and decides what is found. No foreign key: a
    product that went away leaves its document to the indexer, which takes its words out of the vocabulary too.
    """

    __tablename__ = "search_documents"
    __table_args__ = (Index(None, "vector", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),)

    product_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    head: Mapped[str] = mapped_column(TSVECTOR)
    vector: Mapped[str] = mapped_column(TSVECTOR)


class SearchWord(KeylessModel):
    """A word of the shop: folded, its stem, as people spell it, and in how many products' heads it stands.

    Words that only descriptions have are known and stand in no head: they are right, and never proposed.
    """

    __tablename__ = "search_words"
    __table_args__ = (
        Index(None, "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
        Index(None, "stem"),
    )

    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    stem: Mapped[str | None] = mapped_column(Text(collation="C"))
    spelling: Mapped[str]
    products: Mapped[int] = mapped_column(default=0, server_default="0")


class SearchChange(Model):
    """A product whose document must be made anew, noted once by each transaction that changed it."""

    __tablename__ = "search_changes"
    __table_args__ = (Index(None, "product_id"),)

    product_id: Mapped[int]
    noted_by: Mapped[str] = mapped_column(server_default=text("(pg_current_xact_id())::text"))


class SearchTiers(Model):
    """One row: the language documents were made in, and above which popularity a product is in the first tiers."""

    __tablename__ = "search_tiers"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    language: Mapped[str] = mapped_column(default="", server_default="")
    above: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")


class SearchSynonym(Model):
    """Words that mean the same; with `meant`, whoever says one of `words` also means those, and not the other way."""

    __tablename__ = "search_synonyms"
    __table_args__ = (CheckConstraint("cardinality(words) + cardinality(meant) >= 2", name="words"),)

    words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    meant: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")


class SearchPin(Model):
    """The products that staff put first for a query, in their order."""

    __tablename__ = "search_pins"
    __table_args__ = (UniqueConstraint("folded"),)

    query: Mapped[str]
    folded: Mapped[str]
    product_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")


class SearchMiss(KeylessModel):
    """How often a query found nothing on a day; nothing says who asked."""

    __tablename__ = "search_misses"

    day: Mapped[date] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int] = mapped_column(default=1, server_default="1")
