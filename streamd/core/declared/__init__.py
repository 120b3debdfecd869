"""Declarations of item types in the configuration, and the rules that declared fields put on items."""
