"""The body of every refusal and failure: problem details (RFC 9457)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import orjson

PROBLEM: Final = "application/problem+json"


def problem_body(status: int, keys: Mapping[str, object]) -> bytes:
    """Encode a problem: its `code`, `detail` and what else there is to say. `instance` is the run that it is about."""
    code, run_id = str(keys["code"]), keys.get("run_id")
    head = {"type": f"/docs#problem-{code}", "title": title_of(code), "status": status}
    instance = {"instance": f"/runs/{quote(run_id, safe='')}"} if isinstance(run_id, str) else {}
    return orjson.dumps({**head, **keys, **head, **instance})


def title_of(code: str) -> str:
    """The title of a kind of problem: its code in words, the same each time."""
    return code.replace("_", " ").capitalize()
