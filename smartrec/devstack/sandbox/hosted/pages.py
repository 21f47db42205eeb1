"""placeholder"""

from smartrec.devstack.sandbox.http import Reply


def answer(world, request) -> Reply:
    return Reply(404, b"not found", "text/plain")
