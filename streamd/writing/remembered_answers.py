"""Remembered answers: what of an answer given earlier is worth telling again."""

import re
from typing import Final

from streamd.writing._fixed_lines import EARLIER, NOT_COVERED, SOURCES

_ECHOES: Final = tuple(line.strip(" .") for line in (SOURCES, EARLIER, NOT_COVERED))
_REPORT: Final = re.compile(
    r"^(?:Added|Removed|Changed|Noted|Forgotten|Known of you|Nothing was (?:added|changed|removed)|Request processed)\b"
)


def without_echoes(answer: str) -> str:
    """An answer without the lines that came from memory themselves, or belong to its citations."""
    return "\n".join(line for line in answer.splitlines() if line.strip() and not line.startswith(_ECHOES))


def is_report(answer: str) -> bool:
    """Whether an answer only tells what was done or noted, by its first words.

    For memories from before runs said so beside the text; newer ones are not looked at.
    """
    return _REPORT.match(answer) is not None
