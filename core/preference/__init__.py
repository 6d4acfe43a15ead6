"""Preference: who will want a new item, as a probability r_ij that may be summed and multiplied.

Panel.opened(workspace).ask(items, texts, price)  ->  Scores
"""
