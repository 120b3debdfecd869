"""Signs of how sure a text sounds (requirements, C2)."""

import re
from collections.abc import Sequence
from typing import Final

CONFIDENCE_SIGNS: Final[Sequence[tuple[re.Pattern[str], float]]] = (
    (re.compile(r"because|therefore|thus", re.IGNORECASE), 0.1),
    (re.compile(r"\[\d+\]"), 0.1),
    (re.compile(r"might|perhaps|possibly", re.IGNORECASE), -0.1),
)
"""Words of reasoning, citations, hedging words, and what each adds."""
