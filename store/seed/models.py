"""What a large load must not forget when it is killed."""

from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import KeylessModel


class IndexSetAside(KeylessModel):
    """An index that a large load has dropped and that `store seed` makes again by its `definition`."""

    __tablename__ = "indexes_set_aside"

    name: Mapped[str] = mapped_column(primary_key=True)
    definition: Mapped[str]
