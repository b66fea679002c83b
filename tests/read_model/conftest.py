"""The read model's tests take events as any consumer does."""

from tests.chassis.consuming.conftest import Consumer, consumer

__all__ = ["Consumer", "consumer"]
