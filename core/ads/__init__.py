"""Advertising: what a channel brings, what a plan of spend would bring, and how to split a budget."""
