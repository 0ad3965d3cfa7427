"""What the other side of every provider with an account is: a stand-in, and the provider pointed at it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from store.core.settings import Settings
from store.payments.providers import all_providers


class AccountDriver(ABC):
    """Opens an account at a stand-in; `calls` are the stand-in's words for what the contract asks of a provider."""

    provider: ClassVar[str]
    stand_in: ClassVar[type]
    calls: ClassVar[Mapping[str, str]]

    def __init__(self) -> None:
        self.account = self.stand_in()
        provider = all_providers()[self.provider]
        wanted = self.settings(self.account.url)
        # Through the settings' own types, so that a secret is one.
        update = Settings(**wanted).model_dump(include=set(wanted))
        provider.configure(provider.settings.model_copy(update=update))

    @abstractmethod
    def settings(self, url: str) -> dict[str, Any]:
        """Return what the shop has to know of the account that listens at an address."""

    def close(self) -> None:
        self.account.close()

    def pay(self, external_id: str) -> None:
        self.account.pay(external_id)

    def process(self, external_id: str) -> None:
        self.account.process(external_id)

    def lose_reply(self, call: str) -> None:
        self.account.lose[self.calls[call]] += 1


def opened(driver: type[AccountDriver]) -> Iterator[Any]:
    """Lend an account for one test."""
    made = driver()
    try:
        yield made.account
    finally:
        made.close()
