"""Registers the importer's jobs."""
