"""Opens a golden database with today's code: a copy of it, under a daemon like the one that wrote it."""

import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from tests.golden.agents import GO
from tests.golden.scenes import first, killed, model, offline, questions, restored
from tests.golden.scenes.replies import goes_on
from tests.golden.scenes.stage import Scene, Stage
from tests.golden.sets import DATABASE, Golden, mark_of, prepare
from tests.support.daemon import running
from tests.support.messages_api import MessagesApi, Request
from tests.support.model_replies import Reply
from tests.support.scripted_model import environ

TODAY: Final[Mapping[str, Scene]] = {
    "offline": offline.SCENE, "questions": questions.SCENE, "model": model.SCENE, "killed": killed.SCENE,
    "restored": restored.SCENE,
}  # fmt: skip
"""Scenes that today's code can play."""
SCENES: Final[Mapping[str, Scene]] = {"first": first.SCENE, **TODAY}

Answer: TypeAlias = Callable[[Request], Reply]


@asynccontextmanager
async def opened(
    scene: Scene, database: Path, notes: dict[str, dict[str, Any]], answer: Answer = goes_on
) -> AsyncIterator[Stage]:
    """A daemon on a copy of the database; the agents find their gates open, and the model says that all is done."""
    with TemporaryDirectory() as temporary:
        copy = Path(temporary)
        shutil.copy(database, copy / DATABASE)
        if mark_of(database).exists():  # else streamd takes it for a copy that was put back
            shutil.copy(mark_of(database), mark_of(copy / DATABASE))
        (copy / GO).touch()
        async with (
            MessagesApi(answer=answer) as api,
            running(copy, **prepare(copy), **variables(scene, api)) as daemon,
        ):
            yield Stage(daemon, api, notes)


@asynccontextmanager
async def reopened(golden: Golden, directory: Path, answer: Answer = goes_on) -> AsyncIterator[Stage]:
    """The same on a golden database."""
    golden.unpack(directory / DATABASE)
    async with opened(SCENES[golden.scene], directory / DATABASE, dict(golden.notes), answer) as stage:
        yield stage


def variables(scene: Scene, api: MessagesApi) -> dict[str, str]:
    """The environment of the scene's daemon."""
    return {**(environ(api.url) if scene.on_a_model else {}), **scene.environ}
