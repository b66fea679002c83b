"""Every metric says what it means and carries our prefix."""

from chassis.telemetry.metrics import REGISTRY, exposition


def test_every_metric_is_ours_and_explains_itself() -> None:
    families = list(REGISTRY.collect())

    assert families
    assert [family.name for family in families if not family.name.startswith("openitems_")] == []
    assert [family.name for family in families if len(family.documentation) < 15] == []


def test_the_process_is_measured_too() -> None:
    text = exposition().decode()

    assert "# HELP openitems_outbox_unpublished_events Events committed here" in text
    assert "process_resident_memory_bytes" in text
