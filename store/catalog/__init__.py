"""What is sold: products, their options and variants, prices and collections."""
