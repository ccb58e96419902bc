"""Microsoft.Network through azure-mgmt-network."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from conftest import LOCATION, TAGS


def test_virtual_network(azure):
    group = azure.group()
    networks = azure.network.virtual_networks
    body = {
        "location": LOCATION,
        "tags": TAGS,
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [{"name": "one", "properties": {"addressPrefix": "10.0.1.0/24"}}],
        },
    }
    made = networks.begin_create_or_update(group, "net", body).result()
    assert made.provisioning_state == "Succeeded"
    assert [subnet.name for subnet in made.subnets] == ["one"]
    assert networks.get(group, "net").address_space.address_prefixes == ["10.0.0.0/16"]
    assert [network.name for network in networks.list(group)] == ["net"]
    networks.begin_delete(group, "net").result()
    with pytest.raises(ResourceNotFoundError):
        networks.get(group, "net")
    networks.begin_delete(group, "net").result()


def test_group(azure):
    group = azure.group()
    groups = azure.resources.resource_groups
    assert groups.check_existence(group)
    assert [one.name for one in groups.list()] == [group]
    groups.begin_delete(group).result()
    assert not groups.check_existence(group)
