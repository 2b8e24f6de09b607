"""The scheduler of `celery beat`: RedBeat that outlives an outage of its Redis."""

from __future__ import annotations

import logging
from typing import Any, Final

from redbeat.schedulers import RedBeatScheduler
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import LockError
from redis.exceptions import TimeoutError as NoAnswer

logger = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 5.0


class PatientScheduler(RedBeatScheduler):  # type: ignore[misc]  # untyped library
    """Waits while Redis is away. Where Redis came back empty, its lock and the schedule are written anew.

    RedBeat alone would end with the first of these, and what the sweepers catch would wait for somebody to notice.
    Another scheduler that took the lock meanwhile keeps it: this one then waits and asks again.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        try:
            return float(super().tick(*args, **kwargs))
        except LockError:
            return self._begin_again()
        except (NoConnection, NoAnswer) as outage:
            logger.warning("Redis does not answer (%s): beat waits.", type(outage).__name__)
        return PATIENCE_SECONDS

    def _begin_again(self) -> float:
        if not self.lock.acquire(blocking=False):
            logger.warning("Another beat holds the lock: this one waits.")
            return PATIENCE_SECONDS
        logger.warning("Redis has forgotten the lock: it is taken again, and the schedule written anew.")
        self.setup_schedule()
        return 0.0
