"""Dialects: what other clients understand, made of entries one by one and without memory."""
