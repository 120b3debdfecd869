"""Dialects: what other clients understand, made of the responses of a run, one by one and without memory."""
