"""The Celery application: thin tasks, one static schedule, no result backend."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("entente")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["coordination"])


@worker_init.connect
@beat_init.connect
def need_a_broker(**_kwargs: object) -> None:
    """A worker and a beat without a broker would wait for ever, each for itself."""
    if app.conf.broker_url == "memory://":
        raise SystemExit("REDIS_URL is not set. Without a broker, run `manage.py tick` from cron.")


@beat_init.connect
def sweep_at_start(**_kwargs: object) -> None:
    """Do at once what is due: what fell due while nothing ran has waited long enough."""
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], ignore_result=True)
