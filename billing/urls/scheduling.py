"""Addresses of runs that wait for a person or a day, of what is repeated every month, and of their limits."""

from django.urls import path

from billing.views import approving, limits, repeating, scheduling

RUN = "finance/runs/<int:run>/"
REPETITION = "finance/repetitions/<int:repetition>/"

back_office = [
    path("finance/scheduled/", repeating.Scheduled.as_view(), name="scheduled-runs"),
    path(f"{RUN}start/", scheduling.StartNow.as_view(), name="run-start"),
    path(f"{RUN}day/", scheduling.ChangeDay.as_view(), name="run-day"),
    path(f"{RUN}call-off/", scheduling.CallOff.as_view(), name="run-call-off"),
    path(f"{RUN}approval/", approving.Approve.as_view(), name="run-approval"),
    path(f"{RUN}sending-back/", approving.SendBack.as_view(), name="run-send-back"),
    path(f"{REPETITION}skip/", repeating.Skip.as_view(), name="repetition-skip"),
    path(f"{REPETITION}end/", repeating.End.as_view(), name="repetition-end"),
    path("settings/runs/", limits.Limits.as_view(), name="settings-runs"),
    path("settings/runs/edit/", limits.ChangeLimits.as_view(), name="settings-runs-edit"),
]
