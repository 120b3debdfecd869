"""Stream checkpoints: the part of a model's stream received before it broke, with a digest to verify it."""

import hashlib
from collections.abc import Mapping
from typing import Final

import orjson

from streamd.core.run import RunId
from streamd.core.thread import StreamCheckpoint

LIFE_MS: Final = 3_600_000


def stream_checkpoint(
    run_id: RunId, step: str, content: str, metadata: Mapping[str, object], *, now_ms: int
) -> StreamCheckpoint:
    """Create a checkpoint that expires in an hour."""
    digest = _digest_of(run_id, step, content, metadata)
    return StreamCheckpoint(run_id, step, len(content), content, metadata, digest, now_ms + LIFE_MS)


def is_intact(checkpoint: StreamCheckpoint) -> bool:
    """Whether a checkpoint matches its digest."""
    expected = _digest_of(checkpoint.run_id, checkpoint.step, checkpoint.content, checkpoint.metadata)
    return checkpoint.position == len(checkpoint.content) and checkpoint.digest == expected


def _digest_of(run_id: RunId, step: str, content: str, metadata: Mapping[str, object]) -> str:
    parts = [run_id, step, len(content), content, dict(metadata)]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
