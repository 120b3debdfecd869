"""Extracts from an earlier answer what may answer a later question."""

import re
from typing import Final

_REPORT: Final = re.compile(
    r"^(?:Added|Removed|Changed|Noted|Forgotten|Known of you|Nothing was (?:added|changed|removed)|Request processed)\b"
)
"""Reports of changes and preferences, which answer no later question."""
_ECHO: Final = re.compile(
    r"^(?:From an earlier conversation:|Sources:|The knowledge base and the items say nothing about this)"
)
"""Lines that come from memories themselves, or belong to the citations of the earlier answer."""


def reusable_answer(text: str) -> str:
    """The lines of an earlier answer that hold information; empty for a report of what was done."""
    answer = "\n".join(line for line in text.splitlines() if line.strip() and not _ECHO.match(line))
    return "" if _REPORT.match(answer) else answer
