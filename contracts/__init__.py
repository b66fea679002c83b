"""What the services say to each other: one strict, frozen Pydantic model per topic, one file per publisher.

`topics.TOPICS` is the register. A consumer ignores fields that it does not know; a new field is optional;
an enumeration may get further values, which nobody sends before every reader is deployed (`make promise` writes down
what grew); anything else is a new version. `schemas/` holds the generated JSON Schemas and the AsyncAPI document.
"""
