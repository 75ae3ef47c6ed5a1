from celery import shared_task

from . import actions


@shared_task(name=actions.DELIVER_TASK, ignore_result=True)
def deliver() -> None:
    actions.deliver()
