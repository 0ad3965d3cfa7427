"""Films: taken in, shown on products with captions, sent in the parts that a browser asks for."""
