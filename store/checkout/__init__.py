"""From a cart to an order: contact and address, delivery, payment. It joins cart, shipping, tax, orders, payments."""
