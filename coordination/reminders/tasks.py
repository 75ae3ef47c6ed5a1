from celery import shared_task

from . import actions, checkpoints


@shared_task(name="coordination.reminders.tasks.tick", ignore_result=True)
def tick() -> None:
    actions.tick()


@shared_task(name="coordination.reminders.tasks.sign_ledgers", ignore_result=True)
def sign_ledgers() -> None:
    checkpoints.sign_all()
