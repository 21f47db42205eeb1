"""Waking the workers once a page's work is written."""

from celery import Task
from django.db import transaction


def wake(task: Task) -> None:
    """Have a sweep start now. When nobody can be woken nothing is lost: the next sweep finds what was written."""
    transaction.on_commit(task.delay, robust=True)
