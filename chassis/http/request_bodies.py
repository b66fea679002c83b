"""Request bodies, validated as strictly as JSON allows."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema, to_json


class RequestPart(BaseModel):
    """What is nested in a body: unknown fields are refused, and 12.0, "12" or true is no integer."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class RequestBody(RequestPart):
    """The body of a command, as strict as its parts.

    The framework parses a body and validates the outcome like Python objects, where strictness would refuse every date
    and enum; so what is parsed goes back through JSON, in which strictness knows what a date looks like.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate what comes as Python by way of JSON."""
        schema = handler(source)
        if "ref" not in schema:
            return schema
        body = core_schema.definition_reference_schema(schema["ref"])
        by_way_of_json: list[CoreSchema] = [
            core_schema.no_info_plain_validator_function(to_json),
            core_schema.json_schema(body),
        ]
        return core_schema.json_or_python_schema(body, core_schema.chain_schema(by_way_of_json))
