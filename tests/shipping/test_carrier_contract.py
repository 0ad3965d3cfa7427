"""The contract of carriers, over each that is found."""

from tests.contracts.carrier import *  # noqa: F403 - its tests are collected here
