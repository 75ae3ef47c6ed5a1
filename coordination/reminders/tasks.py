from celery import shared_task

from coordination.outbox import actions as outbox

from . import actions, checkpoints
from .settling import before_sending


@shared_task(name="coordination.reminders.tasks.tick", ignore_result=True)
def tick() -> None:
    actions.tick()


@shared_task(name=outbox.DELIVER_TASK, ignore_result=True)
def deliver() -> None:
    before_sending()
    outbox.deliver()


@shared_task(name="coordination.reminders.tasks.sign_ledgers", ignore_result=True)
def sign_ledgers() -> None:
    checkpoints.sign_all()
