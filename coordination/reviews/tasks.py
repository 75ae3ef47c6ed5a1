from celery import shared_task

from . import actions


@shared_task(name="coordination.reviews.tasks.sweep", ignore_result=True)
def sweep() -> None:
    actions.sweep()


@shared_task(name="coordination.reviews.tasks.make_report_files", ignore_result=True)
def make_report_files() -> None:
    actions.make_report_files()
