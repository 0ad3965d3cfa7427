"""Money coming in and going back: providers behind one contract, and `apply_payment`, the only door to paid."""
