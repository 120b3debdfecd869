"""Words of preferences: currencies, places, answer styles."""

from collections.abc import Mapping
from typing import Final

CURRENCIES: Final[Mapping[str, str]] = {
    word: code
    for code, words in {
        "EUR": "euro euros €", "USD": "dollar dollars us-dollar us-dollars $ bucks", "GBP": "pound pounds sterling £",
        "CHF": "franc francs swiss-francs", "JPY": "yen", "CNY": "yuan renminbi", "INR": "rupee rupees", "CAD": "canadian-dollars",
        "AUD": "australian-dollars", "SEK": "swedish-kronor kronor", "NOK": "norwegian-kroner", "DKK": "danish-kroner",
        "PLN": "zloty", "CZK": "koruna", "BRL": "reais", "MXN": "mexican-pesos", "KRW": "won", "SGD": "singapore-dollars",
    }.items()
    for word in (code.casefold(), *(one.replace("-", " ") for one in words.split()))
}  # fmt: skip
"""ISO 4217 codes by the words for them."""

DEMONYMS: Final[Mapping[str, str]] = {
    "european": "Europe", "asian": "Asia", "african": "Africa", "american": "America", "north american": "North America",
    "south american": "South America", "german": "Germany", "french": "France", "italian": "Italy", "spanish": "Spain",
    "british": "United Kingdom", "dutch": "Netherlands", "polish": "Poland", "swiss": "Switzerland", "austrian": "Austria",
    "chinese": "China", "indian": "India", "japanese": "Japan", "korean": "Korea", "taiwanese": "Taiwan",
    "vietnamese": "Vietnam", "mexican": "Mexico", "canadian": "Canada", "brazilian": "Brazil", "turkish": "Turkey",
    "australian": "Australia", "swedish": "Sweden", "danish": "Denmark", "czech": "Czechia", "russian": "Russia",
}  # fmt: skip
"""Places by their demonym."""

PLACES: Final = frozenset(place.casefold() for place in DEMONYMS.values()) | frozenset(
    [
        "usa", "us", "u.s.", "united states", "uk", "eu", "european union", "asia pacific", "middle east", "overseas", "abroad",
        "portugal", "belgium", "ireland", "norway", "finland", "hungary", "romania", "greece", "thailand", "malaysia",
        "indonesia", "singapore", "hong kong", "egypt", "south africa", "argentina", "chile", "new zealand", "ukraine",
    ]
)  # fmt: skip
"""Names that are a place rather than a supplier, in lower case."""

BRIEF: Final = r"brief|briefly|short|shortly|shorter|concise|concisely|terse|tersely|succinct|succinctly|compact|to the point|crisp"
DETAILED: Final = r"detailed|in (?:more |full |great )?detail|long|longer|thorough|thoroughly|comprehensive|verbose|in depth|extensive"
LISTED: Final = r"bullets?|bullet points?|bulleted lists?|as (?:a )?lists?|in lists?"
