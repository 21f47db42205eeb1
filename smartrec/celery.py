"""Celery wakes workers; PostgreSQL is the record of work: tasks sweep tables, so a lost message never loses money."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartrec.settings.prod")

app = Celery("smartrec")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_time_limit=900,
    task_soft_time_limit=840,
    broker_transport_options={"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)
# Charges have a queue of their own, so that a long run never delays the processor's news or the mail.
app.conf.task_routes = {"billing.tasks.dispatch": {"queue": "charges"}}
SWEEPS = {
    "billing.tasks.dispatch": 5,
    "billing.tasks.write_invoices": 5,
    "billing.tasks.match_accounts": 5,
    "billing.tasks.start_scheduled": 15,
    "billing.tasks.handle_events": 5,
    "billing.tasks.ask_again": 15,
    "billing.tasks.give_back": 15,
    "billing.tasks.write_messages": 5,
    "billing.tasks.catch_up": 3600,
    "billing.tasks.catch_up_fully": 24 * 3600,
    "billing.tasks.compare_with_processor": 3600,
    "billing.tasks.notice_silence": 3600,
    "billing.tasks.finish_pages": 60,
    "billing.tasks.book_fees": 3600,
    "billing.tasks.earn_revenue": 6 * 3600,
    "wallet.tasks.finish_setups": 30,
    "wallet.tasks.finish_old_setups": 3600,
    "wallet.tasks.move_clones": 60,
    "wallet.tasks.refresh_accounts": 3600,
    "wallet.tasks.warn_of_expiry": 3600,
    "messaging.tasks.send_queued": 5,
}
app.conf.beat_schedule = {
    task: {"task": task, "schedule": seconds, "options": {"expires": seconds}} for task, seconds in SWEEPS.items()
}
# The books are checked when nobody works: 02:30 in the east of the continent.
app.conf.beat_schedule["billing.tasks.watch_books"] = {
    "task": "billing.tasks.watch_books",
    "schedule": crontab(hour=7, minute=30),
    "options": {"expires": 3600},
}
app.autodiscover_tasks()
