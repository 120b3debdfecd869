"""`streamd token`: makes, lists and revokes tokens, beside a running daemon or without one."""

import argparse
import re
import secrets
import sys
import time
from typing import TYPE_CHECKING, Final

from streamd.cli.configuration import add_config, add_flags, configuration
from streamd.errors import ConfigurationError, InvalidMessageError, Mistake, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamd.core.access.access_keys import AccessKey

HELP: Final = "make, list and revoke tokens"

_UNITS_MS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_LONGEST_MS: Final = 100 * 365 * 86_400_000
_ROLES: Final = ("reader", "editor", "operator", "admin")
_KINDS: Final = ("user", "agent", "service")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `create`, `list` and `revoke`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a token, and print it alone: it is not told again")
    create.add_argument("--user", metavar="USER", required=True, help="the user id that it proves")
    create.add_argument(
        "--workspace",
        metavar="W",
        action="append",
        required=True,
        help='one that it opens; again for more; "*": all',
    )
    create.add_argument("--role", choices=_ROLES, required=True, help="what its holder may do there")
    create.add_argument("--kind", choices=_KINDS, default="user", help="what its holder is (user)")
    create.add_argument(
        "--expires",
        metavar="TIME",
        type=_milliseconds,
        help="after so long, like 12h or 30d; without it, never",
    )
    listing = actions.add_parser("list", help="list all tokens, without their secrets")
    revoke = actions.add_parser("revoke", help="revoke a token; whoever is connected with it is sent away")
    revoke.add_argument("id", metavar="ID", help="its id, as `list` tells it")
    for action in (create, listing, revoke):
        add_config(action)
        add_flags(action, "--db")


def _milliseconds(text: str) -> int:
    found = re.fullmatch(r"([1-9]\d{0,5})([mhdw])", text)
    span = int(found[1]) * _UNITS_MS[found[2]] if found else 0
    if not 0 < span <= _LONGEST_MS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 30m, 12h, 30d or 4w")
    return span


def run(arguments: argparse.Namespace) -> int:
    """Make, list or revoke.

    Raises:
        StoreError: the database cannot be opened.
        InvalidMessageError: a name that no user or workspace can have.
        NotFoundError: no such token.

    """
    from streamd.stores.access_keys import (
        access_keys_in,
        add_access_key,
        changing_access_keys,
        revoke_access_key,
    )

    path = configuration(arguments).store.path
    if path == ":memory:":
        raise ConfigurationError([Mistake("store.path", "tokens need a file: a daemon in memory has none")])
    now = time.time_ns() // 1_000_000
    with changing_access_keys(path) as connection:
        if arguments.action == "create":
            key, token = _new_key(arguments, now)
            add_access_key(connection, key)
            print(token)
        elif arguments.action == "list":
            _print(access_keys_in(connection), now)
        elif revoke_access_key(connection, arguments.id, now):
            print(f"revoked {arguments.id}", file=sys.stderr)
        elif not any(key.key_id == arguments.id for key in access_keys_in(connection)):
            raise NotFoundError(f"there is no token {arguments.id}; `streamd token list` tells their ids")
        else:
            print(f"{arguments.id} was revoked before", file=sys.stderr)
    return 0


def _new_key(arguments: argparse.Namespace, now: int) -> "tuple[AccessKey, str]":
    from streamd.core.access.access_keys import EVERYWHERE, AccessKey, digest_of, token_of
    from streamd.wire.codec import parse_body
    from streamd.wire.messages.connection_messages import HelloMessage

    user = parse_body(HelloMessage, {"user_id": arguments.user}).user_id
    names = [name for name in arguments.workspace if name != EVERYWHERE]
    workspaces = frozenset(parse_body(HelloMessage, {"workspace": name}).workspace or "" for name in names)
    if not user or "" in workspaces:
        raise InvalidMessageError("a user and a workspace have names", path="user")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = AccessKey(
        key_id,
        user,
        None if EVERYWHERE in arguments.workspace else workspaces,
        arguments.role,
        arguments.kind,
        digest_of(secret),
        now,
        expires_at=None if arguments.expires is None else now + arguments.expires,
    )
    return key, token_of(key_id, secret)


def _print(keys: "Sequence[AccessKey]", now: int) -> None:
    rows = [("ID", "USER", "WORKSPACES", "ROLE", "KIND", "MADE", "EXPIRES", "")]
    for key in keys:
        state = (
            "revoked" if key.revoked_at is not None
            else "expired" if key.expires_at is not None and key.expires_at <= now else ""
        )  # fmt: skip
        rows.append((
            key.key_id, key.user_id, "*" if key.workspaces is None else ",".join(sorted(key.workspaces)),
            key.role, key.kind, _day(key.created_at), "never" if key.expires_at is None else _day(key.expires_at), state,
        ))  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _day(ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(ms / 1000))
