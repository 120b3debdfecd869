"""The runs that wait for their turn: so many of each user, and so many in all."""

from collections import Counter
from typing import Final

import attrs

from streamd.core.principal import Asker
from streamd.core.run import RunId, RunRequest
from streamd.engine.lifecycle._request_bytes import RequestBytes
from streamd.engine.live import LiveRun
from streamd.errors import BusyError
from streamd.facts import define

_RETRY_MS: Final = 1000


@define
class WaitingRuns:
    """Counts the runs that wait, and refuses more of them.

    Where all places are taken, the newest run of whoever has most waiting gives way, so that nobody is refused for what
    others ask for. A run that continues another one, or that was recovered, never does.
    """

    places: int
    per_user: int
    requests: RequestBytes = attrs.field(converter=RequestBytes)
    """What the requests of all runs take that have not ended."""
    _new: dict[str, dict[Asker, dict[RunId, LiveRun]]] = attrs.field(factory=dict)
    """Runs that may give way, by group and asker, the newest last."""
    _continued: dict[RunId, Asker] = attrs.field(factory=dict)
    """The others."""
    _by_asker: Counter[Asker] = attrs.field(factory=Counter)
    """How many of both kinds each has waiting."""

    def check_room(self, request: RunRequest, *, continues: bool = False) -> None:
        """Make room for one more run; one that continues another is refused only for what the same user has waiting.

        Raises:
            BusyError: too many runs of the same user wait, or all places are taken and nobody has more of them, or the
                requests are too long together.

        """
        self.requests.check_room(request)
        asker = request.asker
        if self._by_asker[asker] >= self.per_user:
            raise BusyError(
                "too many of your requests are waiting; ask again in a moment", retry_after_ms=_RETRY_MS
            )
        if continues or sum(self._by_asker.values()) - len(self._continued) < self.places:
            return
        refusal = BusyError("too many requests are waiting; ask again in a moment", retry_after_ms=_RETRY_MS)
        run = self._giving_way(asker)
        if run is None:
            raise refusal
        self.remove(run)
        run.control.fail(refusal)

    def _giving_way(self, asker: Asker) -> LiveRun | None:
        """The newest run of whoever has most waiting; None where nobody has more than the asker."""
        sizes = {group: sum(map(len, users.values())) for group, users in self._new.items()}
        most = max(sizes.values(), default=0)
        is_of_most = sizes.get(asker.group, 0) == most
        group = asker.group if is_of_most else max(sizes, key=sizes.__getitem__)
        users = self._new.get(group, {})
        heaviest = max(users, key=lambda one: len(users[one]), default=None)
        if heaviest is None or (is_of_most and len(users.get(asker, ())) == len(users[heaviest])):
            return None
        return next(reversed(users[heaviest].values()))

    def add(self, run: LiveRun) -> None:
        """Count a run as waiting; a no-op where it is counted already."""
        self.requests.hold(run)
        asker, run_id = run.flow.asker, run.record.run_id
        if run_id in self._continued or run_id in self._new.get(asker.group, {}).get(asker, {}):
            return
        if run.record.resumes_run_id is None and not run.state.is_replay:
            self._new.setdefault(asker.group, {}).setdefault(asker, {})[run_id] = run
        else:
            self._continued[run_id] = asker
        self._by_asker[asker] += 1

    def release(self, run: LiveRun) -> None:
        """Stop counting a run and its request: it has ended."""
        self.remove(run)
        self.requests.release(run)

    def remove(self, run: LiveRun) -> None:
        """Stop counting a run; a no-op where it is not counted."""
        asker, run_id = run.flow.asker, run.record.run_id
        users = self._new.get(asker.group, {})
        new = users.get(asker, {})
        if self._continued.pop(run_id, None) is None and new.pop(run_id, None) is None:
            return
        if asker in users and not new:
            del users[asker]
            if not users:
                del self._new[asker.group]
        self._by_asker[asker] -= 1
        if not self._by_asker[asker]:
            del self._by_asker[asker]
