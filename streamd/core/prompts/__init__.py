"""Conversations as a language model is told them: kept, summed up, cut, and measured in tokens."""
