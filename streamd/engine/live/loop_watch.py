"""Names nodes that block the event loop: while one does, nobody is served.

A thread asks the loop for a turn four times a second while nodes are at work, and sleeps while none is. Where the turn does not
come, it looks where the loop's thread stands, and logs the node with that place. So blocks of more than half a second are found
while they last, those of a quarter mostly; time in which the whole process stood still is no block.
"""

import asyncio
import sys
import sysconfig
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Final

import structlog

from streamd.facts import frozen

log = structlog.get_logger(__name__)

PATIENCE_SECONDS: Final = 0.25
"""How long the loop may take for a turn."""
_AGAIN_SECONDS: Final = 60.0
"""How often the same place is named."""
_STREAMD: Final = str(Path(__file__).parents[2])
_STANDARD: Final = sysconfig.get_path("stdlib")
_HANDLE: Final = asyncio.Handle._run.__code__  # noqa: SLF001 - the frame of whatever the loop calls


@frozen
class NodeAtWork:
    """The node that works in a context."""

    run: str
    agent: str
    step: str
    code_path: str
    """The folder of the agent's package, or the file of its module."""


AT_WORK: Final[ContextVar[NodeAtWork | None]] = ContextVar("AT_WORK", default=None)
"""The node for which the present task works, and tasks that it starts."""


def raised_at(error: BaseException | None, code_path: str) -> str:
    """Place at which an error was raised, for the log: `file:line in function`.

    Where the agent's code was on the way, the last place in it: more than where a library noticed the mistake.
    """
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    own = [frame for frame in frames if code_path and Path(frame.filename).is_relative_to(code_path)]
    return "".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in (own or frames)[-1:])


class LoopWatch:
    """Watches the event loop while nodes are at work."""

    def __init__(self) -> None:
        self._working = 0
        self._is_needed, self._has_ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._named: dict[str, float] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while a run is at work. Entered in the loop that is watched."""
        if self._thread is None:
            loop, loop_thread = asyncio.get_running_loop(), threading.get_ident()
            self._thread = threading.Thread(
                target=self._watch, args=(loop, loop_thread), name="loop watch", daemon=True
            )
            self._thread.start()
        self._working += 1
        self._is_needed.set()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._is_needed.clear()

    def end(self) -> None:
        """End the thread."""
        self._has_ended.set()
        self._is_needed.set()

    def _watch(self, loop: asyncio.AbstractEventLoop, loop_thread: int) -> None:
        while self._is_needed.wait() and not self._has_ended.is_set():
            turned, asked = threading.Event(), monotonic()
            try:
                loop.call_soon_threadsafe(turned.set)
            except RuntimeError:  # the loop is closed
                return
            if turned.wait(PATIENCE_SECONDS):
                self._has_ended.wait(PATIENCE_SECONDS)
            elif monotonic() - asked < 2 * PATIENCE_SECONDS:  # the process did not stand still itself
                is_named = self._name(loop_thread)
                while not turned.wait(1.0) and not self._has_ended.is_set():
                    is_named = is_named or self._name(loop_thread)
                if is_named:
                    log.warning("loop_turns_again", seconds=round(monotonic() - asked, 2))

    def _name(self, loop_thread: int) -> bool:
        """Log which node blocks the loop, and where it stands; returns whether there is one to name."""
        frames = _frames_of(sys._current_frames().get(loop_thread))  # noqa: SLF001 - what it is for
        at_work = _at_work_in(frames)
        if at_work is None:
            return False
        places = [(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name) for frame in frames]
        place = _place_of(at_work, places)
        if not place or monotonic() < self._named.get(place, 0.0):
            return False
        self._named[place] = monotonic() + _AGAIN_SECONDS
        log.warning(
            "node_blocks_loop", run=at_work.run, agent=at_work.agent, node=at_work.step, at=place, in_call=_words(places[0]),
            mend="await what is asyncio, and call what is not by run.off_loop",
        )  # fmt: skip
        return True


def _frames_of(frame: FrameType | None) -> list[FrameType]:
    """List what a thread is doing, the innermost call first, as far as the loop has called it."""
    frames = []
    while frame is not None:
        frames.append(frame)
        if frame.f_code is _HANDLE:
            return frames
        frame = frame.f_back
    return []  # the loop waits, or does its own work


def _at_work_in(frames: list[FrameType]) -> NodeAtWork | None:
    if not frames:
        return None
    context = getattr(frames[-1].f_locals.get("self"), "_context", None)
    return None if context is None else context.get(AT_WORK)


def _place_of(at_work: NodeAtWork, places: list[tuple[str, int, str]]) -> str:
    """The innermost place in the agent's code, or else in code of others; empty where the daemon itself is at work."""
    for place in places:
        if at_work.code_path and (
            place[0] == at_work.code_path or place[0].startswith(f"{at_work.code_path}/")
        ):
            return _words(place)
    for place in places:
        if not place[0].startswith((f"{_STREAMD}/", "<")) and not _is_standard(place[0]):
            return _words(place)
    return ""


def _is_standard(file: str) -> bool:
    return file.startswith(f"{_STANDARD}/") and "/site-packages/" not in file


def _words(place: tuple[str, int, str]) -> str:
    file, line, function = place
    return f"{file}:{line} in {function}"
