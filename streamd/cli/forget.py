"""`streamd forget --user`: takes a user's words out of all workspaces, whether or not the daemon is running."""

import argparse
from typing import TYPE_CHECKING, Final

from streamd.cli.configuration import add_config, add_flags, configuration
from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.forget_user import forgotten_by_daemon, print_gone

if TYPE_CHECKING:
    from streamd.config import Config
    from streamd.engine.lifecycle import Forgotten

HELP: Final = "take a user's words out of all workspaces, or of one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the user, the store and the daemon's address."""
    parser.add_argument("--user", metavar="USER", required=True, help="the user id")
    add_config(parser)
    add_flags(parser, "--db")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Forget the user and report what went: by the daemon where it is running, else in the store.

    Raises:
        StoreError: neither can be done: no daemon answers, and the store cannot be opened.

    """
    import asyncio

    import attrs

    from streamd.cli.daemon_client import UnreachableError

    config = configuration(arguments)
    try:
        gone = forgotten_by_daemon(arguments, everywhere=not arguments.workspace)
    except UnreachableError:
        found = asyncio.run(_forgotten_in_store(config, arguments.user, arguments.workspace))
        where = (
            f"workspace {arguments.workspace}" if arguments.workspace else f"{found.workspaces} workspaces"
        )
        gone = where, attrs.asdict(found)
    print_gone(arguments.user, *gone)
    return 0


async def _forgotten_in_store(config: "Config", user: str, workspace: str | None) -> "Forgotten":
    from streamd.core.principal import ANONYMOUS_PRINCIPAL
    from streamd.engine import SystemClock, open_engine
    from streamd.language import English
    from streamd.models.offline import OfflineModel
    from streamd.parts import all_encoders, declared_types, open_store
    from streamd.ports.knowledge import NoKnowledge
    from streamd.service import Actor, Service, forget_user

    language = English()
    rules = OfflineModel(language)
    async with (
        open_store(config) as store,
        open_engine(
            store, config,
            types=declared_types(config), clock=SystemClock(), agents={}, model=rules, rules=rules, language=language,
            knowledge=NoKnowledge(), encoders=all_encoders(config, store.epoch), takes_runs=False,
        ) as engine,
    ):  # fmt: skip
        actor = Actor.of(ANONYMOUS_PRINCIPAL, workspace or "default")
        gone = await forget_user(Service(engine), actor, user, everywhere=workspace is None)
        await store.checkpoint()
        return gone
