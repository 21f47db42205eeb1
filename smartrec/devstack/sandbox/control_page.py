"""placeholder"""

from smartrec.devstack.sandbox.http import Reply, page


def show(world) -> Reply:
    return page("<!doctype html><title>Sandbox</title>")
