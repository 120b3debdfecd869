"""Vocabulary of requests for trips."""

from typing import Final

from streamd.text.number_words import ARTICLES, CARDINALS, ROUGH_NUMBERS
from streamd.text.time_words import MONTHS as MONTH_NAMES
from streamd.text.wordlist import words

COUNTS: Final = {**CARDINALS, **ARTICLES, **ROUGH_NUMBERS}
MONTHS: Final = frozenset(MONTH_NAMES) | words("spring summer autumn fall winter easter christmas")
INTERESTS: Final = words(
    "food wine beer coffee cuisine restaurants seafood vegetarian vegan museums museum art galleries history architecture "
    "churches castles palaces beaches beach surfing swimming diving hiking walking cycling nature parks gardens wildlife "
    "mountains skiing music jazz opera theatre theater nightlife shopping markets design photography football "
    "literature literary temples festivals sailing"
)
