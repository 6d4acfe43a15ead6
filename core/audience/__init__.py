"""Audience: who would buy a new item, of which segments it consists, who is like them, and what to show to whom.

customers.describe(...)  ->  Customers  ->  segments.found / segments.given  ->  Segments
Scores of the preference  ->  reach, overlap, recommend;  Customers  ->  lookalike
"""
