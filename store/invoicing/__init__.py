"""Invoices and credit notes: frozen when they are issued, numbered without gaps, the same bytes every time."""
