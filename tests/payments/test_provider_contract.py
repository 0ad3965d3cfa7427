"""The provider contract, run over every provider there is."""

from tests.contracts.payment_provider import *  # noqa: F403 - its tests are collected here
