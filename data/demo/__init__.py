"""The demo shop: a fictional home, kitchen, garden, stationery, toy and gift shop with a known truth.

It is a simulator, and its world is shaped on purpose: what sells is carried by the meaning of an item's
text, half of the new items use words that the history never used, and a part of every item's success
cannot be known. So it shows what a language model adds; it does not prove that a real shop is like this.

Around the sales stand what shops have besides: visits, ads, reviews, competitors' prices, customers,
promotions and labels. What goes wrong in exports is planted in the files, and listed in the truth.
"""

from data.demo.customers import true_preference
from data.demo.simulate import Shop, Tables, simulate, write, write_truth

__all__ = ["Shop", "Tables", "simulate", "true_preference", "write", "write_truth"]
