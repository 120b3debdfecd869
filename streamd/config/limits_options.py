"""Options of `[limits]`: memory for what waits, and rates of calls."""

from streamd.config.option import option
from streamd.facts import frozen


@frozen
class LimitsOptions:
    """`[limits]`: what may wait in the daemon, for all clients together and for one user."""

    waiting_bytes: int = option(
        134_217_728,
        at_least=1_048_576,
        help="in memory for clients: messages, half or whole, in work as parsed, and unread replies; beyond it whoever holds most gets `busy` or waits",
    )
    waiting_bytes_per_user: int = option(
        33_554_432, at_least=1_048_576, help="of one user; without authentication, of one connection"
    )
    unread_file_bytes: int = option(
        2_147_483_648,
        at_least=1_048_576,
        help="snapshots that clients have not read yet, in files beside the store, a quarter for one user; further ones get `busy`",
    )
    upload_bytes: int = option(
        2_147_483_648,
        at_least=1_048_576,
        help="files that clients send in parts to import them, beside the store; further parts get `busy`",
    )
    upload_bytes_per_user: int = option(
        1_073_741_824,
        at_least=1_048_576,
        help="of one user; without authentication, of one connection; a larger file is refused",
    )
    calls_per_minute: int = option(
        0,
        at_least=0,
        help="calls of one user in a workspace, evenly, of which a message or request makes one or a few; more get `rate_limited`; 0: no limit, all take turns",
    )
    calls_at_once: int = option(
        1_000, at_least=1, help="how many of them may come in one moment, after a pause"
    )
    runs_per_minute: int = option(
        0,
        at_least=0,
        help="requests to agents of one user in a workspace, evenly; more get `rate_limited`; 0: no limit",
    )
    runs_at_once: int = option(10, at_least=1, help="how many of them may come in one moment, after a pause")
