"""What the shop is measured by: `./bin/store bench` prints a table, docs/performance.md says how to read it."""
