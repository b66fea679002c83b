"""Derived ids are what RFC 9562 says, and no others than the standard library's."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as some

from chassis.ids import derived_id


@given(some.uuids(), some.text())
def test_a_derived_id_is_the_version_5_uuid_of_its_name(namespace: UUID, name: str) -> None:
    derived = derived_id(namespace, name)
    assert derived == uuid5(namespace, name)
    assert hash(derived) == hash(uuid5(namespace, name))
    assert derived.version == 5


@given(some.uuids(), some.text())
def test_a_derived_id_is_a_namespace_too(namespace: UUID, name: str) -> None:
    assert derived_id(derived_id(namespace, "a"), name) == uuid5(uuid5(namespace, "a"), name)
