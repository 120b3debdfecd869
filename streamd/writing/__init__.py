"""Texts made of what is known, by rules: sentences are chosen, put in order and cited, never invented."""
