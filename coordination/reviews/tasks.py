from celery import shared_task

from . import actions


@shared_task(name="coordination.reviews.tasks.plan", ignore_result=True)
def plan() -> None:
    actions.plan_all()
