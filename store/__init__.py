"""Vitrine: a server-rendered shop. One package a capability; `docs/architecture.md` draws the house."""
