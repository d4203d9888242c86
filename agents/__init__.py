"""Who speaks: the specialists, and the panel that asks them."""
