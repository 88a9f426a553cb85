"""What HubSpot has answered so far to one operation, which takes many calls: one more try goes on where the
last one stopped, instead of risking all of its calls again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from connector.crm.hubspot_errors import Rejection
from connector.errors import TransientError

T = TypeVar("T")
Answer = dict[str, Any]


class Journal:
    """The calls of one operation, in their order, and what each was answered with."""

    def __init__(self) -> None:
        self._operation: tuple[Any, ...] | None = None
        self._answered: list[tuple[Any, Answer | Rejection]] = []
        self._at = 0
        self._asking = False

    def whole(self, operation: Callable[..., T], *arguments: Any) -> T:
        """What ``operation`` gives. After a TransientError its answers are kept for one more try at the very
        same, and for that only."""
        this = (operation, arguments)
        if this != self._operation:
            self._answered = []
        self._operation, self._at, self._asking = this, 0, False
        kept = self._answered
        try:
            result = operation(*arguments)
        except TransientError:
            if not self._asking:  # what was answered last was not good enough
                del kept[self._at - 1 :]
            raise
        except BaseException:
            kept.clear()
            raise
        kept.clear()
        return result

    def answer(self, request: Any, ask: Callable[[], Answer]) -> Answer:
        """What ``request`` was answered with at the last try, else what ``ask`` gives. Raises Rejection,
        which is an answer too, and what else ``ask`` raises, which is none."""
        ahead = range(self._at, len(self._answered))
        place = next((n for n in ahead if self._answered[n][0] == request), None)
        if place is None:
            del self._answered[self._at :]
            place = self._at
            self._asking = True
            self._answered.append((request, _asked(ask)))
            self._asking = False
        self._at = place + 1
        answer = self._answered[place][1]
        if isinstance(answer, Rejection):
            raise answer
        return answer


def _asked(ask: Callable[[], Answer]) -> Answer | Rejection:
    try:
        return ask()
    except Rejection as error:
        return error
