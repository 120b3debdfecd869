"""Extracts the reusable lines of remembered answers."""

import re
from typing import Final

from streamd.writing._fixed_lines import EARLIER, NOT_COVERED, SOURCES

_ECHOES: Final = (
    *(line.strip(" .") for line in (SOURCES, EARLIER, NOT_COVERED)),
    "I did not understand",  # older versions remembered refusals, too
)
_REPORT: Final = re.compile(
    r"^(?:Added|Removed|Changed|Noted|Forgotten|Known of you|Nothing was (?:added|changed|removed)|Request processed)\b"
)


def without_echoes(answer: str) -> str:
    """Remove the lines of an answer that came from memory or belong to its citations."""
    return "\n".join(line for line in answer.splitlines() if line.strip() and not line.startswith(_ECHOES))


def is_report(answer: str) -> bool:
    """Whether an answer is only a report of changes or preferences, by its first words.

    For memories of older versions, which do not hold the kind of the answer beside its text.
    """
    return _REPORT.match(answer) is not None
