"""What a shopper means to buy, before it is an order."""
