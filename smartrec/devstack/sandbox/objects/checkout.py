"""placeholder"""

from smartrec.devstack.sandbox.errors import ApiError


def _no(desk, call):
    raise ApiError("not yet", status=501, stored=False)


find_many = create = retrieve = expire = _no
