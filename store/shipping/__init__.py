"""How parcels reach people: methods, their prices and promises."""
