"""Words the findings of analyses and forecasts in English: each by itself, and the whole in sentences."""

from streamd.language.findings.finding_sentences import EnglishFindingWording

__all__ = ["EnglishFindingWording"]
