"""The arithmetic of a basket: pure functions from lines to totals. No tables, no clock, no visitor."""
