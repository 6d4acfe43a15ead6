"""The demo shop: a simulator with a known truth."""
