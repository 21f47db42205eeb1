import pytest

from smartrec.roles import PERMISSIONS, ROLE_NAMES, ROLES, STAFF_ROLES, UnknownPermission, allows, known, roles_with

# What each role must not do.
MUST_NOT = [
    ("front_desk", "charges.mass"),
    ("front_desk", "invoices.mass"),
    ("front_desk", "staff.edit"),
    ("front_desk", "payments.refund"),
    ("coordinator", "payments.take"),
    ("coordinator", "invoices.create"),
    ("coordinator", "wallet.view"),
    ("finance", "staff.edit"),
    ("finance", "settings.edit"),
    ("account_holder", "clients.view"),
    ("owner", "portal.use"),
]
READS = ("view", "export", "use")


@pytest.mark.parametrize(("role", "permission"), MUST_NOT)
def test_a_role_has_its_limits(role, permission):
    assert not allows(role, permission)


@pytest.mark.parametrize("permission", ["charges.mass", "invoices.mass", "payments.retry", "payments.dismiss"])
def test_finance_moves_money(permission):
    assert allows("finance", permission)


def test_an_auditor_only_reads():
    writes = {name for name in ROLES["auditor"] if name.split(".")[1] not in READS}

    assert writes == {"own.edit"}


def test_an_owner_may_do_everything_staff_may_do():
    for role in STAFF_ROLES:
        assert ROLES["owner"] >= ROLES[role]


def test_an_unknown_name_is_an_error_and_not_a_no():
    with pytest.raises(UnknownPermission):
        known("clients.veiw")
    with pytest.raises(UnknownPermission):
        allows("owner", "clients.veiw")


def test_an_unknown_role_may_do_nothing():
    assert not any(allows("janitor", name) for name in PERMISSIONS)


def test_someone_refused_is_sent_to_the_narrowest_role_that_may():
    assert roles_with("charges.mass") == ["finance", "owner"]
    assert roles_with("staff.edit") == ["owner"]


def test_every_role_and_permission_has_words():
    assert set(ROLE_NAMES) == set(ROLES)
    assert all(str(words) for words in (*PERMISSIONS.values(), *ROLE_NAMES.values()))
