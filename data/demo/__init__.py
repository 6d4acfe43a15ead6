"""The demo shop: a fictional home, kitchen, garden, stationery, toy and gift shop with a known truth.

It is a simulator, and its world is shaped on purpose: what sells is carried by the meaning of an item's
text, half of the new items use words that the history never used, and a part of every item's success
cannot be known. So it shows what a language model adds; it does not prove that a real shop is like this.
"""

from data.demo.customers import true_preference
from data.demo.simulate import Shop, simulate, write, write_truth

__all__ = ["Shop", "simulate", "true_preference", "write", "write_truth"]
