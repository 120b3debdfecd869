"""Lists within sentences: `A, B and C`."""

from collections.abc import Sequence


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Join all parts, the final one by `last`: `a, b and c`."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def listing(names: Sequence[str], *, at_most: int = 3) -> str:
    """Join the first names and count the others: `A, B and C`, or `A, B, C and 4 more`."""
    if len(names) <= at_most:
        return listed(names)
    return f"{', '.join(names[:at_most])} and {len(names) - at_most:,} more"
