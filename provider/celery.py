"""The worker's and the scheduler's application: `celery -A provider.celery worker|beat`.

What runs by the clock stands in the settings (CELERY_BEAT_SCHEDULE).
"""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import beat_init, worker_init, worker_ready
from django.conf import settings
from django.utils import timezone, translation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")


class PlainTask(Task):  # type: ignore[misc]  # untyped library
    """Carries nothing along: no language, no zone, no workspace of whatever ran before in this process.

    What a task needs it is given as an argument, its workspace too.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from provider.kernel.tenancy import outside

        with translation.override(None), timezone.override(None), outside():
            return super().__call__(*args, **kwargs)


def _redbeat() -> dict[str, Any]:
    """Redbeat looks for its own names among Celery's and warns where it does not find them."""
    return {"redbeat_redis_url": settings.CELERY_REDBEAT_REDIS_URL, "redbeat_redis_options": {}}


app = Celery("perennial", task_cls=PlainTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.add_defaults(_redbeat)
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]
@beat_init.connect  # type: ignore[untyped-decorator]
def refuse_wrong_schema(**_: Any) -> None:
    """A database that does not fit the code is not worked on."""
    from provider.kernel import guard

    guard.refuse_wrong_schema()


@worker_ready.connect  # type: ignore[untyped-decorator]
def catch_up(**_: Any) -> None:
    """What was left while no worker ran is not left until the next sweep."""
    app.send_task("kernel.sweep", expires=60)
