"""PayPal from afar: its REST API, and what proves that a notification is its own. See `providers/paypal`."""
