"""The demo shop: its words, its pictures, and a catalogue of any size for measuring. See `store.seed.fill.fill`."""
