"""What is on disk after a restart. Each test here is run alone by `tests/judge.rs`, with a restart between them."""

import pytest

from conftest import Azure
from test_keys import Vault, text, value

SUBSCRIPTION = "00000000-0000-4000-8000-00000000cafe"
VAULT = {"name": "kept-keys", "principal": "00000000-0000-4000-8000-00000000feed"}


@pytest.fixture
def same(request):
    if not request.config.getoption("kept"):
        pytest.skip("it needs an emulator with a folder, and a restart")
    azure = Azure()
    azure.subscription = SUBSCRIPTION
    return azure


def test_keep(same):
    same.resources.resource_groups.create_or_update("kept", {"location": "westus", "tags": {"a": "b"}})
    Vault(same, **VAULT).keys.create_rsa_key("state")


def test_kept(same):
    assert same.resources.resource_groups.get("kept").tags == {"a": "b"}
    keys = Vault(same, role=None, **VAULT)
    sealed = value(keys.use("state", "wrapkey", b"secret")["value"])
    assert keys.use("state", "unwrapkey", sealed)["value"] == text(b"secret")
