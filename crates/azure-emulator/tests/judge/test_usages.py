"""What services tell of what a subscription may have no more than so many of."""

import pytest
from azure.core.exceptions import HttpResponseError

from conftest import LOCATION, code
from kinds import network, subnet, tracked


def told(usages):
    return {usage.name.value: (usage.current_value, usage.limit) for usage in usages}


@pytest.mark.parametrize(
    ("list_of", "name"),
    [
        (lambda azure: azure.network.usages.list(LOCATION), "VirtualNetworks"),
        (lambda azure: azure.network.usages.list(LOCATION), "NetworkSecurityGroups"),
        (lambda azure: azure.storage.usages.list_by_location(LOCATION), "StorageAccounts"),
        (lambda azure: azure.app.usages.list(LOCATION), "ManagedEnvironmentCount"),
        (lambda azure: azure.postgres.quota_usages.list(LOCATION), "cores"),
    ],
)
def test_nothing_is_used_at_first_and_a_test_sets_limits(azure, list_of, name):
    used, limit = told(list_of(azure))[name]
    assert used == 0 and limit > 1
    azure.control.settings(quotas={name: 1})
    assert told(list_of(azure))[name] == (0, 1)
    azure.control.settings(quotas={name: None})
    assert told(list_of(azure))[name] == (0, limit)


def test_what_is_there_counts_where_it_is(azure):
    network(azure, "net", subnet("one", "10.0.1.0/24"))
    body = tracked({"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}) | {"location": "North Europe"}
    azure.network.virtual_networks.begin_create_or_update(azure.group, "other", body).result()
    for location in (LOCATION, "northeurope"):
        assert told(azure.network.usages.list(location))["VirtualNetworks"][0] == 1
    azure.network.virtual_networks.begin_delete(azure.group, "net").result()
    assert told(azure.network.usages.list(LOCATION))["VirtualNetworks"][0] == 0


def test_a_server_takes_the_cores_of_its_size(azure):
    body = tracked({"administratorLogin": "judge", "administratorLoginPassword": "Secret-password-1", "version": "16"})
    body |= {"sku": {"name": "Standard_D4ds_v5", "tier": "GeneralPurpose"}}
    body["properties"]["storage"] = {"storageSizeGB": 32}
    azure.postgres.servers.begin_create_or_update(azure.group, "judge-cores", body).result()
    assert told(azure.postgres.quota_usages.list(LOCATION))["cores"][0] == 4


def test_there_are_none_of_what_is_no_region(azure):
    with pytest.raises(HttpResponseError) as error:
        list(azure.network.usages.list("atlantis"))
    assert (error.value.status_code, code(error)) == (400, "LocationNotAvailable")
