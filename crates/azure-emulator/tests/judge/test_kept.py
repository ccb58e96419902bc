"""What is on disk after a restart. Each test here is run alone by `tests/judge.rs`, with a restart between them."""

import pytest

from conftest import Azure

SUBSCRIPTION = "00000000-0000-4000-8000-00000000cafe"


@pytest.fixture
def same(request):
    if not request.config.getoption("kept"):
        pytest.skip("it needs an emulator with a folder, and a restart")
    azure = Azure()
    azure.subscription = SUBSCRIPTION
    return azure


def test_keep(same):
    same.resources.resource_groups.create_or_update("kept", {"location": "westus", "tags": {"a": "b"}})


def test_kept(same):
    assert same.resources.resource_groups.get("kept").tags == {"a": "b"}
