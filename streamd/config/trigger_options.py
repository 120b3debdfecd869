"""Options of triggers: what starts runs without anybody asking."""

from collections.abc import Mapping

from streamd.config.checks import not_empty
from streamd.config.option import option
from streamd.facts import frozen


@frozen
class TriggerOptions:
    """`[triggers.<name>]`: one trigger. None: the default of `streamd.Trigger` applies."""

    agent: str = option("", check=not_empty, required=True, help="whose runs it starts")
    request: str = option("", check=not_empty, required=True, help="the text of its requests")
    on: Mapping[str, object] | None = option(
        None, help='events: {event = "field_changed", where = […]}, or {publish = "price_alert"}'
    )
    schedule: str | None = option(None, help="or times: cron text, such as 0 7 * * 1-5")
    timezone: str | None = option(
        None, help="of the schedule, like Europe/Berlin; else runs.time_zone, or UTC"
    )
    catch_up: bool | None = option(
        None, help="true: what a schedule missed while the daemon was down fires once at its start"
    )
    context: Mapping[str, object] | None = option(None, help="of its requests; `trigger` is added")
    workspaces: tuple[str, ...] | None = option(None, help='in which it fires, ["default"]')
    rights: tuple[str, ...] | None = option(None, help='of its runs, ["read", "edit"]')
    enabled: bool | None = option(None, help="true")
    again: bool | None = option(None, help="whether events of its own runs fire it, too: false")
    max_chain: int | None = option(
        None, at_least=1, at_most=100, help="runs of triggers that follow from each other: 5"
    )
    max_running: int | None = option(None, at_least=1, help="runs at the same time: 1")
    max_per_minute: int | None = option(
        None, at_least=1, at_most=100_000, help="runs that begin within a minute: 60"
    )
    batch_max: int | None = option(None, at_least=1, at_most=1000, help="events that one run is given: 1")
    debounce_seconds: float | None = option(
        None, at_least=0, at_most=3600, help="from the first event until its run, which gets what came: 0"
    )
