"""Every operation of the API under random requests: no fault of ours, no answer that the description does not know, and
nothing for whom the tables do not let in. `make bench-api-fuzz` goes on for 20 minutes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from projects.models import Project
from tests.annotations.test_access import world  # noqa: F401  (a fixture)
from tests.fuzz.harness import Fuzz, rounds

MINUTES = float(os.environ.get("LABELHUB_FUZZ_MINUTES", "0"))
REPORT = os.environ.get("LABELHUB_FUZZ_REPORT", "")


def test_random_requests(project: Project, world: dict[str, Any], settings: Any) -> None:  # noqa: F811
    settings.TOKEN_RATE = 0
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": {}}
    fuzz = Fuzz(project, world)
    fuzz.run(examples=2)
    for number, until in rounds(MINUTES):
        fuzz.run(examples=10, until=until, number=number)
    if REPORT:
        Path(REPORT).write_text(fuzz.report())
    assert not fuzz.faults, fuzz.report()


def nullable(schema: Any) -> Any:
    """OpenAPI 3.0's word for null, as JSON Schema has it."""
    if isinstance(schema, list):
        return [nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: nullable(one) for name, one in schema.items()}
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found


@pytest.mark.parametrize("part", ["answer", "request"])
def test_examples_are_as_the_description_says(part: str) -> None:
    import jsonschema_rs
    from drf_spectacular.generators import SchemaGenerator

    from training.api_examples import EXAMPLES

    drawn = SchemaGenerator().get_schema(request=None, public=True)
    seen = 0
    for path, operations in drawn["paths"].items():
        for method, operation in operations.items():
            good = next((answer for code, answer in operation["responses"].items() if code.startswith("2")), {})
            contents = (
                good.get("content", {}) if part == "answer" else operation.get("requestBody", {}).get("content", {})
            )
            for content in contents.values():
                if "example" in content:
                    whole = nullable({**content["schema"], "components": drawn["components"]})
                    faults = [
                        f"{path} {method}: {fault.message}"
                        for fault in jsonschema_rs.iter_errors(whole, content["example"])
                    ]
                    assert not faults
                    seen += 1
    assert seen >= sum(part in example for example in EXAMPLES.values())
