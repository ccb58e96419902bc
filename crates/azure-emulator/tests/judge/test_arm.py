"""Azure Resource Manager itself: groups, lists, tags, providers, operations, refusals, and what tests can ask for."""

import json
import threading
import time
import urllib.error
import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError, ServiceResponseError

from conftest import LOCATION, code
from kinds import TAGS, done, identity, network, subnet, tracked

VERSION = "2025-04-01"


def test_a_group(azure):
    groups = azure.resources.resource_groups
    assert groups.check_existence("group") is False
    made = groups.create_or_update("group", {"location": "West US", "tags": TAGS})
    assert (made.location, made.tags, made.properties.provisioning_state) == ("West US", TAGS, "Succeeded")
    assert groups.check_existence("GROUP") is True
    assert groups.update("group", {"tags": {"a": "b"}}).tags == {"a": "b"}
    assert groups.create_or_update("group", {"location": LOCATION}).tags is None
    with pytest.raises(HttpResponseError) as error:
        groups.create_or_update("group", {"location": "eastus"})
    assert code(error) == "InvalidResourceGroupLocation"
    groups.begin_delete("group").result()
    assert groups.check_existence("group") is False
    with pytest.raises(ResourceNotFoundError) as error:
        groups.begin_delete("group")
    assert code(error) == "ResourceGroupNotFound"


def test_a_group_on_its_way_out_takes_nothing_new(azure):
    azure.group
    azure.control.settings(operation_time=100)
    poller = azure.resources.resource_groups.begin_delete("group")
    assert azure.resources.resource_groups.get("group").properties.provisioning_state == "Deleting"
    with pytest.raises(HttpResponseError) as error:
        identity(azure)
    assert code(error) == "ResourceGroupBeingDeleted"
    poller.result()


def test_groups_come_in_pages_and_by_tag(azure):
    azure.control.settings(page_size=2)
    groups = azure.resources.resource_groups
    for number in range(5):
        groups.create_or_update(f"g{number}", {"location": LOCATION, "tags": {"Odd": str(number % 2)}})
    assert [group.name for group in groups.list()] == ["g0", "g1", "g2", "g3", "g4"]
    assert [group.name for group in groups.list(filter="tagName eq 'odd' and tagValue eq '1'")] == ["g1", "g3"]
    asked = [call for call in azure.control("GET", "calls") if call["method"] == "GET"]
    assert len(asked) == 4


def test_resources_by_tag(azure):
    azure.control.settings(page_size=2)
    for number in range(3):
        body = {"location": LOCATION, "tags": {"urn": "one" if number else "two"}}
        azure.identity.user_assigned_identities.create_or_update(azure.group, f"id{number}", body)
    network(azure, "net", subnet("one", "10.0.1.0/24"))
    resources = azure.resources.resources
    found = list(resources.list(filter="tagName eq 'urn' and tagValue eq 'one'", expand="createdTime,changedTime"))
    assert [resource.name for resource in found] == ["id1", "id2"]
    assert found[0].created_time and found[0].changed_time
    # What is asked for by a tag is told without any.
    assert found[0].tags is None
    assert len(list(resources.list(filter="tagName eq 'URN'"))) == 3
    # Children are in no such list.
    assert [resource.type for resource in resources.list_by_resource_group(azure.group)].count(
        "Microsoft.Network/virtualNetworks"
    ) == 1
    everything = list(resources.list(expand="createdTime"))
    told = {resource.name: resource.tags for resource in everything}
    assert (told["id0"], told["id1"]) == ({"urn": "two"}, {"urn": "one"})
    assert len(everything) == 4 and all(resource.created_time for resource in everything)
    types = resources.list(filter="resourceType eq 'Microsoft.Network/virtualNetworks'")
    assert [resource.name for resource in types] == ["net"]
    with pytest.raises(HttpResponseError) as error:
        list(resources.list(filter="colour eq 'red'"))
    assert code(error) == "InvalidFilterInQueryString"


def test_a_resource_by_its_id(azure):
    made = identity(azure)
    resources = azure.resources.resources
    assert resources.check_existence_by_id(made.id, api_version="2024-11-30") is True
    assert resources.check_existence_by_id(made.id + "x", api_version="2024-11-30") is False
    assert resources.get_by_id(made.id, api_version="2024-11-30").name == "identity"
    body = {"location": LOCATION, "properties": {"publicIPAllocationMethod": "Static"}, "sku": {"name": "Standard"}}
    address = azure.id("Microsoft.Network/publicIPAddresses/ip")
    made = resources.begin_create_or_update_by_id(address, body, api_version="2025-07-01").result()
    assert made.properties["provisioningState"] == "Succeeded"
    resources.begin_delete_by_id(address, api_version="2025-07-01").result()
    assert resources.check_existence_by_id(address, api_version="2025-07-01") is False


def test_tags_of_a_scope(azure):
    tags = azure.resources.tags
    for scope in (identity(azure).id, f"/subscriptions/{azure.subscription}", azure.id("x").split("/providers/")[0]):
        done(tags.begin_create_or_update_at_scope(scope, {"properties": {"tags": {"a": "1", "b": "2"}}}))
        assert tags.get_at_scope(scope).properties.tags == {"a": "1", "b": "2"}
        for operation, given, left in (
            ("Merge", {"b": "3", "c": "4"}, {"a": "1", "b": "3", "c": "4"}),
            ("Delete", {"a": "1"}, {"b": "3", "c": "4"}),
            ("Replace", {"d": "5"}, {"d": "5"}),
        ):
            change = {"operation": operation, "properties": {"tags": given}}
            assert done(tags.begin_update_at_scope(scope, change)).properties.tags == left
        done(tags.begin_delete_at_scope(scope))
        assert tags.get_at_scope(scope).properties.tags == {}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({str(number): "" for number in range(51)}, "InvalidTags"),
        ({"a": "x" * 257}, "InvalidTagLength"),
        ({"a<b": "x"}, "InvalidTagNameCharacters"),
    ],
)
def test_tags_are_few_and_short(azure, tags, expected):
    with pytest.raises(HttpResponseError) as error:
        azure.resources.resource_groups.create_or_update("group", {"location": LOCATION, "tags": tags})
    assert code(error) == expected


def test_providers(azure):
    providers = azure.resources.providers
    provider = providers.get("Microsoft.App")
    assert provider.registration_state == "Registered"
    assert "containerApps" in [kind.resource_type for kind in provider.resource_types]
    assert providers.unregister("Microsoft.ManagedIdentity").registration_state == "NotRegistered"
    # The client registers what the refusal names, and tries again.
    identity(azure)
    assert 409 in [call["status"] for call in azure.control("GET", "calls")]
    assert providers.get("Microsoft.ManagedIdentity").registration_state == "Registered"
    assert "Microsoft.Network" in [provider.namespace for provider in providers.list()]


def test_the_subscription(azure):
    azure.group
    found = azure.subscriptions.subscriptions.get(azure.subscription)
    assert (found.subscription_id, found.state) == (azure.subscription, "Enabled")
    assert "westus" in [place.name for place in azure.subscriptions.subscriptions.list_locations(azure.subscription)]
    assert azure.subscription in [one.subscription_id for one in azure.subscriptions.subscriptions.list()]


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/subscriptions/{}/resourcegroups", 400, "MissingApiVersionParameter"),
        ("/subscriptions/{}/resourcegroups?api-version=latest", 400, "InvalidApiVersionParameter"),
        ("/subscriptions/me/resourcegroups?api-version=2025-04-01", 400, "InvalidSubscriptionId"),
        ("/subscriptions/{}/providers/Microsoft.Nothing/x?api-version=2025-04-01", 404, "InvalidResourceNamespace"),
        ("/subscriptions/{}/providers/Microsoft.App/x?api-version=2025-07-01", 404, "InvalidResourceType"),
        ("/subscriptions/{}/providers/Microsoft.App/jobs?api-version=2019-01-01", 400, "NoRegisteredProviderFound"),
        ("/nowhere", 404, "InvalidRequestUri"),
    ],
)
def test_paths_that_lead_nowhere(azure, path, status, expected):
    with pytest.raises(urllib.error.HTTPError) as error:
        azure.raw("GET", path.format(azure.subscription))
    assert error.value.code == status
    assert error.value.headers["x-ms-request-id"]
    assert json.load(error.value)["error"]["code"] == expected


def test_preconditions(azure):
    zones = azure.dns.private_zones
    made = done(zones.begin_create_or_update(azure.group, "judge.example", {"location": "global"}))
    body = {"location": "global", "tags": TAGS}
    for conditions in ({"if_match": "other"}, {"if_none_match": "*"}):
        path = f"{made.id}?api-version=2024-06-01"
        with pytest.raises(urllib.error.HTTPError) as error:
            azure.raw("PUT", path, body, **conditions)
        assert error.value.code == 412
        assert json.load(error.value)["error"]["code"] == "PreconditionFailed"
    azure.raw("PUT", f"{made.id}?api-version=2024-06-01", body, if_match=made.etag)
    assert zones.get(azure.group, "judge.example").tags == TAGS
    assert zones.get(azure.group, "judge.example").etag != made.etag


def test_an_operation_is_followed_while_it_runs(azure):
    azure.control.settings(operation_time=200)
    networks = azure.network.virtual_networks
    body = tracked({"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}})
    started = time.monotonic()
    poller = networks.begin_create_or_update(azure.group, "net", body)
    assert networks.get(azure.group, "net").provisioning_state == "Creating"
    with pytest.raises(HttpResponseError) as error:
        networks.update_tags(azure.group, "net", {"tags": TAGS})
    assert (error.value.status_code, code(error)) == (409, "AnotherOperationInProgress")
    assert poller.result().provisioning_state == "Succeeded"
    assert time.monotonic() - started >= 0.2


def test_what_202_creates_is_not_there_until_it_is_done(azure):
    azure.control.settings(operation_time=100)
    zones = azure.dns.private_zones
    poller = zones.begin_create_or_update(azure.group, "judge.example", {"location": "global"})
    with pytest.raises(ResourceNotFoundError):
        zones.get(azure.group, "judge.example")
    assert poller.result().name == "judge.example"


def test_a_client_is_asked_to_wait(azure):
    azure.control.settings(operation_time=1500, retry_after=True)
    seen = {}
    body = tracked({"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}})
    azure.network.virtual_networks.begin_create_or_update(
        azure.group, "net", body, polling=False, raw_response_hook=lambda answer: seen.update(answer.http_response.headers)
    )
    assert seen["retry-after"] == "2"
    assert "/operationStatuses/" in seen["azure-asyncoperation"]


def test_an_operation_fails(azure):
    failure = {"status": "Failed", "code": "OutOfStock", "message": "Nothing left."}
    azure.control.faults({"type": "Microsoft.Network/virtualNetworks", "fail_operation": failure})
    with pytest.raises(HttpResponseError) as error:
        network(azure)
    assert "OutOfStock" in str(error.value)
    assert azure.network.virtual_networks.get(azure.group, "net").provisioning_state == "Failed"
    network(azure)
    assert azure.network.virtual_networks.get(azure.group, "net").provisioning_state == "Succeeded"


def test_faults(azure):
    identities = azure.identity.user_assigned_identities
    answer = {"status": 500, "code": "InternalServerError", "message": "Sorry."}
    azure.control.faults({"method": "PUT", "path": "/one", "nth": 2, "answer": answer})
    identity(azure, "one")
    with pytest.raises(HttpResponseError) as error:
        identity(azure, "one")
    assert error.value.status_code == 500
    identity(azure, "one")

    azure.control.faults({"method": "PUT", "close": True, "when": "after"})
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        identity(azure, "lost")
    assert identities.get(azure.group, "lost").name == "lost"

    azure.control.faults({"method": "PUT", "close": True})
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        identity(azure, "never")
    with pytest.raises(ResourceNotFoundError):
        identities.get(azure.group, "never")
    assert 0 in [call["status"] for call in azure.control("GET", "calls")]


def test_throttling(azure):
    azure.group
    azure.control.settings(throttle_next=1, throttle_wait=7)
    with pytest.raises(HttpResponseError) as error:
        azure.resources.resource_groups.get("group")
    assert error.value.status_code == 429
    assert error.value.response.headers["Retry-After"] == "7"
    azure.resources.resource_groups.get("group")
    azure.control.settings(throttle={"requests": 2, "window": 3_600_000})
    with pytest.raises(HttpResponseError) as error:
        for number in range(3):
            identity(azure, f"id{number}")
    assert error.value.status_code == 429
    assert azure.control("GET", "counts")["throttled"] == 1


def test_one_write_is_refused(azure):
    azure.group
    azure.control.settings(refuse_write=2)
    identity(azure, "one")
    with pytest.raises(HttpResponseError) as error:
        identity(azure, "two")
    assert error.value.status_code == 403
    identity(azure, "two")
    refused = azure.control("GET", "counts")["refused"]
    assert refused == "PUT Microsoft.ManagedIdentity/userAssignedIdentities"
    azure.control.settings(refuse_write=None)
    assert azure.control("GET", "counts")["refused"] is None


def test_reads_lag_behind(azure):
    azure.group
    azure.control.settings(read_lag=100)
    identity(azure)
    with pytest.raises(ResourceNotFoundError):
        azure.identity.user_assigned_identities.get(azure.group, "identity")
    time.sleep(0.12)
    azure.identity.user_assigned_identities.get(azure.group, "identity")


def test_what_others_do(azure):
    made = identity(azure)
    azure.control("PATCH", "resource", {"tags": {"by": "somebody"}}, id=made.id)
    assert azure.identity.user_assigned_identities.get(azure.group, "identity").tags == {"by": "somebody"}
    azure.control("DELETE", "resource", id=made.id)
    with pytest.raises(ResourceNotFoundError):
        azure.identity.user_assigned_identities.get(azure.group, "identity")


def test_the_calls_are_told(azure):
    identity(azure)
    call = azure.control("GET", "calls")[-1]
    assert (call["method"], call["type"], call["status"]) == (
        "PUT",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        201,
    )
    assert call["body"] == {"location": LOCATION}
    assert call["api_version"] == "2024-11-30"
    azure.control("POST", "reset")
    assert azure.control("GET", "resources") == {"resources": [], "deleted": []}


def test_an_identity_of_a_resource(azure):
    missing = azure.id("Microsoft.ManagedIdentity/userAssignedIdentities/nobody")
    body = {"location": LOCATION, "sku": {"name": "Basic"}}
    name = "judge" + uuid.uuid4().hex[:10]
    registries = azure.registry.registries

    def with_identity(**given):
        return registries.begin_create(azure.group, name, {**body, "identity": given}).result()

    with pytest.raises(HttpResponseError) as error:
        with_identity(type="UserAssigned", userAssignedIdentities={missing: {}})
    assert code(error) == "FailedIdentityOperation"
    with pytest.raises(HttpResponseError) as error:
        with_identity(type="UserAssigned")
    assert code(error) == "InvalidIdentityValues"
    known = identity(azure)
    made = with_identity(type="SystemAssigned, UserAssigned", userAssignedIdentities={known.id: {}})
    assert made.identity.principal_id and made.identity.tenant_id
    (filled,) = made.identity.user_assigned_identities.values()
    assert (filled.principal_id, filled.client_id) == (known.principal_id, known.client_id)
    again = with_identity(type="SystemAssigned")
    assert again.identity.principal_id == made.identity.principal_id
    assert not again.identity.user_assigned_identities


def test_writes_at_the_same_time(azure):
    azure.group
    failures = []

    def create(number):
        try:
            identity(azure, f"id{number}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told below
            failures.append(error)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(list(azure.identity.user_assigned_identities.list_by_resource_group(azure.group))) == 8
