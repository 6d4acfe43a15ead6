"""Benchmarks: figures for people to read, never limits that a test enforces."""
