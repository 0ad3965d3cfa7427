"""What is there to sell: stock by item and location, holds on it, and the ledger of every movement."""
