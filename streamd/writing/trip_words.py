"""Words that requests for trips are made of."""

from typing import Final

from streamd.text.wordlist import words

COUNTS: Final = {
    word: value
    for value, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
        ],
        start=1,
    )
} | {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4}
MONTHS: Final = words(
    "january february march april may june july august september october november december spring summer autumn fall winter "
    "easter christmas"
)
INTERESTS: Final = words(
    "food wine beer coffee cuisine restaurants seafood vegetarian vegan museums museum art galleries history architecture "
    "churches castles palaces beaches beach surfing swimming diving hiking walking cycling nature parks gardens wildlife "
    "mountains skiing music jazz opera theatre theater nightlife shopping markets design photography football "
    "literature literary temples festivals sailing"
)
