from django.apps import AppConfig

from smartrec import checks  # noqa: F401 (importing it registers the checks)


class FrameConfig(AppConfig):
    """The frame: what every room shares."""

    name = "smartrec"
