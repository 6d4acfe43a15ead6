"""Reviews: what buyers felt, what they praise and complain of, and which reviews are not to be trusted.

reading      the reviews of a shop, one row each
training     fit the reader of reviews (models.sentiment) on the shop's own ratings
starters     sentences about goods of all kinds that are learnt from beside them
readings     what it reads out of every review; where none is trained, the ratings speak
sentiment    means by item, category and week, with their ranges
themes       praise and complaints by aspect, with quotes;  aspects  what a sentence is about;  words  the typical ones
suspicious   copied texts and bursts;  excluded  what the user leaves out
"""
