"""Prices: what units answer, what a price earns, and which price to choose.

panel (weeks on sale)  ->  effects (each item's own slope)  ->  pooled (like items, category, shop, literature)
->  `core.pricing`: the price response of an item, old or new  ->  curve (shapes),  substitutes (whose units they are)
"""
