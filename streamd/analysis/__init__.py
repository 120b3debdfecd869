"""Analyses of items: what the figures say, and what to do about it. Items in, plain records out."""
