"""Whatever a program sends to the documented interface, the server never answers 500."""

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from miniviz_server import PROJECTS, Settings, running

schemathesis = pytest.importorskip("schemathesis")

# The reset and the faults would pull the rug from under the other calls; their models are tested by hand.
_APART = "/_lab/(reset|faults|seed)"


@pytest.fixture(scope="module")
def server():
    with running(settings=Settings(lab=True)) as server:
        yield server


def test_no_call_ends_in_500(server):
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json").exclude(path_regex=_APART)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {operation.path for operation in operations} >= {"/api/project/{project_id}", "/_lab/clock"}
    for operation in operations:
        hammer(operation)


def hammer(operation):
    """Calls it with what its description allows and with what it does not."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=strategy(operation))
    def calls(case):
        if "project_id" in (case.path_parameters or {}):
            case.path_parameters["project_id"] = PROJECTS[0].id
            case.query = dict(case.query or {}) | {"token": PROJECTS[0].token}
        answer = case.call(timeout=20)
        assert answer.status_code < 500, f"{operation.label}: {answer.text}"

    calls()


def strategy(operation):
    modes = schemathesis.GenerationMode
    return operation.as_strategy(generation_mode=modes.POSITIVE) | operation.as_strategy(
        generation_mode=modes.NEGATIVE
    )


def test_the_description_names_every_status_of_the_limits(server):
    document = requests.get(f"{server.url}/openapi.json", timeout=10).json()
    statuses = document["paths"]["/api/project/{project_id}"]["post"]["responses"]
    assert {"201", "400", "401", "404", "408", "413", "415", "422", "429", "503"} <= statuses.keys()
