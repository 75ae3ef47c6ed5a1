from celery import shared_task

from . import actions


@shared_task(name="coordination.reminders.tasks.tick", ignore_result=True)
def tick() -> None:
    actions.tick()
