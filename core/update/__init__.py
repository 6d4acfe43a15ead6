"""Keeping the models right: how those in use do on what came after them, and whether a newer one is better.

calibration, drift   what came since beside what was learnt from; `health` puts it together, `verdicts` judges
demand, preference,  each trains a candidate on all data, and tries one on the newest against the version in use
prices, ads
trial                what came of it: a proposal, until a person (or the shop's `policy`) decides
pins                 fits of price and ads that a plan was approved with stay in use
work                 the job that does it
"""
