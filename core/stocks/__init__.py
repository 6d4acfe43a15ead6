"""What `core.stock` does not say of a buy: when to order again, how much then, in which sizes and packs."""
