"""What the configuration declares of items, and what declared fields demand of them."""
