"""Staff accounts: who may come in, and that the shop never locks itself out."""

import time
from statistics import median

import pytest

from store.core.errors import Conflict, Invalid
from store.staff import passwords, services
from store.staff.errors import LastOwner
from store.staff.roles import LABELS, ROLES, Permission, allows
from tests.factories.staff import PASSWORD, make_staff

pytestmark = pytest.mark.usefixtures("db")


def test_the_right_password_lets_in_whatever_the_case_of_the_address() -> None:
    person = make_staff(email="Mia@Example.com")
    found = services.authenticate(" mia@example.COM ", PASSWORD)
    assert found is not None
    assert found.id == person.id
    assert found.last_login_at is not None


@pytest.mark.parametrize(
    ("email", "password"),
    [("mia@example.com", "wrong horse battery"), ("nobody@example.com", PASSWORD), ("", ""), ("mia@example.com", "")],
)
def test_everything_else_does_not(email: str, password: str) -> None:
    make_staff(email="mia@example.com")
    assert services.authenticate(email, password) is None


def test_a_closed_account_stays_outside() -> None:
    make_staff(email="mia@example.com", active=False)
    assert services.authenticate("mia@example.com", PASSWORD) is None


def test_an_unknown_address_takes_as_long_as_a_known_one() -> None:
    make_staff(email="mia@example.com")

    def seconds(email: str) -> float:
        samples = []
        for _round in range(5):
            start = time.perf_counter()
            services.authenticate(email, "wrong horse battery")
            samples.append(time.perf_counter() - start)
        return median(samples)

    known, unknown = seconds("mia@example.com"), seconds("nobody@example.com")
    # Without the dummy hash the unknown one is fifty times faster.
    assert 0.33 < unknown / known < 3


def test_passwords_are_kept_as_argon2id_with_64_mib() -> None:
    stored = make_staff().password_hash
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not passwords.is_outdated(stored)
    assert not passwords.is_outdated(passwords.NOBODY)


def test_a_hash_of_former_days_is_renewed_at_login() -> None:
    from argon2 import PasswordHasher

    person = make_staff()
    person.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert services.authenticate(person.email, PASSWORD) is person
    assert not passwords.is_outdated(person.password_hash)


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_poor_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid):
        services.create_staff(email="new@example.com", name="New", role="support", password=password)


def test_one_address_has_one_account() -> None:
    make_staff(email="mia@example.com")
    with pytest.raises(Conflict):
        services.create_staff(email="MIA@example.com", name="Mia", role="support", password=PASSWORD)


@pytest.mark.parametrize("change", [{"role": "manager"}, {"active": False}])
def test_the_last_owner_stays_owner(change: dict[str, object]) -> None:
    owner = make_staff("owner")
    make_staff("owner", active=False)
    values = {"email": owner.email, "name": owner.name, "role": "owner", "active": True} | change
    with pytest.raises(LastOwner):
        services.change_staff(owner.id, **values)  # type: ignore[arg-type]


def test_with_two_owners_one_may_go() -> None:
    owner = make_staff("owner")
    make_staff("owner")
    assert services.change_staff(owner.id, email=owner.email, name="Ana", role="support", active=True).role == "support"


def test_the_developers_owner_is_made_and_mended() -> None:
    first = services.ensure_development_staff("dev@example.com", "a first password")
    again = services.ensure_development_staff("dev@example.com", "another password")
    assert first.id == again.id
    assert services.authenticate("dev@example.com", "another password") is not None
    assert services.authenticate("dev@example.com", "a first password") is None


def test_every_role_is_known_to_the_database_and_has_words() -> None:
    assert set(ROLES) == set(LABELS)
    for role in ROLES:
        make_staff(role)


def test_roles_hold_what_their_names_say() -> None:
    assert all(allows("owner", permission) for permission in Permission)
    assert not allows("manager", Permission.MANAGE_STAFF)
    assert allows("fulfilment", Permission.SHIP_ORDERS)
    assert not allows("fulfilment", Permission.REFUND_ORDERS)
    assert not allows("support", Permission.EDIT_PRODUCTS)
    assert not any(allows("read_only", permission) for permission in Permission if not permission.startswith("view_"))
    assert not any(allows("unheard_of", permission) for permission in Permission)
