"""Request bodies, validated as strictly as JSON allows."""

from __future__ import annotations

import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationInfo, model_validator


class RequestBody(BaseModel):
    """The body of a command: unknown fields are refused, and 12.0, "12" or true is no integer.

    The framework validates a parsed body like Python objects, where strictness would refuse every date and enum; so a
    parsed body goes back through the JSON mode, which knows them.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _as_json(cls, value: Any, validate: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if info.mode == "python" and isinstance(value, dict):
            return cls.model_validate_json(json.dumps(value))
        return validate(value)
