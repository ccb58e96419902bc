"""What is special about Microsoft.Network."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from conftest import LOCATION, code
from kinds import RULE, account, done, endpoint, network, security_group, subnet, tracked, zone


def put_network(azure, *subnets, **properties):
    common = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    if subnets:
        common["subnets"] = list(subnets)
    body = tracked({**common, **properties})
    return done(azure.network.virtual_networks.begin_create_or_update(azure.group, "net", body))


def names(azure):
    return [one.name for one in azure.network.subnets.list(azure.group, "net")]


def test_inline_subnets_are_children(azure):
    made = put_network(azure, subnet("one", "10.0.1.0/24"), subnet("two", "10.0.2.0/24"))
    assert [one.name for one in made.subnets] == names(azure) == ["one", "two"]
    one = azure.network.subnets.get(azure.group, "net", "one")
    assert (one.address_prefix, one.provisioning_state) == ("10.0.1.0/24", "Succeeded")
    # Left out they stay, named they replace, empty they go.
    put_network(azure)
    assert names(azure) == ["one", "two"]
    put_network(azure, subnet("two", "10.0.2.0/24"), subnet("three", "10.0.3.0/24"))
    assert names(azure) == ["three", "two"]
    put_network(azure, subnets=[])
    assert names(azure) == []


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        ([subnet("one", "192.168.0.0/24")], "NetcfgInvalidSubnet"),
        ([subnet("one", "10.0.1.0/24"), subnet("two", "10.0.1.128/25")], "NetcfgSubnetRangesOverlap"),
        ([subnet("one", "10.0.1.7/24")], "InvalidAddressPrefixFormat"),
        ([subnet("one", "everything")], "InvalidAddressPrefixFormat"),
    ],
)
def test_subnets_fit(azure, subnets, expected):
    with pytest.raises(HttpResponseError) as error:
        put_network(azure, *subnets)
    assert (error.value.status_code, code(error)) == (400, expected)


def test_subnets_of_one_network_change_one_at_a_time(azure):
    put_network(azure)
    azure.control.settings(operation_time=100)
    subnets = azure.network.subnets
    poller = subnets.begin_create_or_update(azure.group, "net", "one", {"properties": {"addressPrefix": "10.0.1.0/24"}})
    with pytest.raises(HttpResponseError) as error:
        subnets.begin_create_or_update(azure.group, "net", "two", {"properties": {"addressPrefix": "10.0.2.0/24"}})
    assert (error.value.status_code, code(error)) == (409, "AnotherOperationInProgress")
    poller.result()
    done(subnets.begin_create_or_update(azure.group, "net", "two", {"properties": {"addressPrefix": "10.0.2.0/24"}}))


def test_a_subnet_in_use_stays(azure):
    endpoint(azure)
    for delete in (
        lambda: azure.network.subnets.begin_delete(azure.group, "net", "one"),
        lambda: azure.network.virtual_networks.begin_delete(azure.group, "net"),
        lambda: put_network(azure, subnets=[]),
    ):
        with pytest.raises(HttpResponseError) as error:
            delete()
        assert code(error) == "InUseSubnetCannotBeDeleted"
    done(azure.network.private_endpoints.begin_delete(azure.group, "pe"))
    done(azure.network.subnets.begin_delete(azure.group, "net", "one"))


def test_a_security_group_in_use_stays(azure):
    security_group(azure)
    nsg = azure.id("Microsoft.Network/networkSecurityGroups/nsg")
    with_group = subnet("one", "10.0.1.0/24")
    with_group["properties"]["networkSecurityGroup"] = {"id": nsg}
    put_network(azure, with_group)
    found = azure.network.network_security_groups.get(azure.group, "nsg")
    assert [one.id for one in found.subnets] == [azure.id("Microsoft.Network/virtualNetworks/net/subnets/one")]
    assert len(found.default_security_rules) == 6
    with pytest.raises(HttpResponseError) as error:
        azure.network.network_security_groups.begin_delete(azure.group, "nsg")
    assert code(error) == "InUseNetworkSecurityGroupCannotBeDeleted"


def test_security_rules_do_not_conflict(azure):
    security_group(azure)
    rules = azure.network.security_rules
    done(rules.begin_create_or_update(azure.group, "nsg", "one", {"properties": RULE}))
    for change, expected in (
        ({}, "SecurityRuleConflict"),
        ({"priority": 99}, "SecurityRuleInvalidPriority"),
        ({"priority": 300, "sourceAddressPrefix": None}, "SecurityRuleMissingRequiredProperty"),
    ):
        with pytest.raises(HttpResponseError) as error:
            rules.begin_create_or_update(azure.group, "nsg", "two", {"properties": {**RULE, **change}})
        assert code(error) == expected


def test_what_is_referred_to_must_be_there(azure):
    one = subnet("one", "10.0.1.0/24")
    one["properties"]["networkSecurityGroup"] = {"id": azure.id("Microsoft.Network/networkSecurityGroups/none")}
    with pytest.raises(HttpResponseError) as error:
        put_network(azure, one)
    assert code(error) == "InvalidResourceReference"
    one["properties"]["networkSecurityGroup"] = {"id": "nsg"}
    with pytest.raises(HttpResponseError) as error:
        put_network(azure, one)
    assert code(error) == "LinkedInvalidPropertyId"


def test_a_zone_with_links_stays(azure):
    target = network(azure)
    name = zone(azure, "judge.example")
    body = {"location": "global", "properties": {"virtualNetwork": {"id": target}, "registrationEnabled": True}}
    links = azure.dns.virtual_network_links
    done(links.begin_create_or_update(azure.group, name, "link", body))
    assert links.get(azure.group, name, "link").virtual_network_link_state == "Completed"
    with pytest.raises(HttpResponseError) as error:
        azure.dns.private_zones.begin_delete(azure.group, name)
    assert (error.value.status_code, code(error)) == (409, "CannotDeleteResource")
    with pytest.raises(HttpResponseError) as error:
        links.begin_create_or_update(azure.group, name, "again", body)
    assert error.value.status_code == 409
    other = zone(azure, "other.example")
    with pytest.raises(HttpResponseError) as error:
        links.begin_create_or_update(azure.group, other, "link", body)
    assert error.value.status_code == 400
    found = azure.dns.private_zones.get(azure.group, name)
    assert (found.number_of_virtual_network_links, found.number_of_virtual_network_links_with_registration) == (1, 1)
    done(links.begin_delete(azure.group, name, "link"))
    done(azure.dns.private_zones.begin_delete(azure.group, name))


def test_records(azure):
    name = zone(azure, "judge.example")
    records = azure.dns.record_sets
    body = {"properties": {"ttl": 60, "aRecords": [{"ipv4Address": "10.0.0.4"}]}}
    made = records.create_or_update(azure.group, name, "A", "db", body)
    assert (made.fqdn, made.ttl) == ("db.judge.example.", 60)
    assert {record.name for record in records.list(azure.group, name)} == {"@", "db"}
    assert [record.name for record in records.list_by_type(azure.group, name, "A")] == ["db"]
    assert azure.dns.private_zones.get(azure.group, name).number_of_record_sets == 2
    records.delete(azure.group, name, "A", "db")
    with pytest.raises(ResourceNotFoundError):
        records.get(azure.group, name, "A", "db")


def test_a_private_endpoint_is_approved(azure):
    endpoint(azure)
    found = azure.network.private_endpoints.get(azure.group, "pe")
    (connection,) = found.private_link_service_connections
    assert connection.private_link_service_connection_state.status == "Approved"
    assert found.network_interfaces and found.custom_dns_configs
    with pytest.raises(HttpResponseError) as error:
        body = {"location": LOCATION, "properties": {"subnet": {"id": found.subnet.id}}}
        azure.network.private_endpoints.begin_create_or_update(azure.group, "other", body)
    assert code(error) == "PrivateEndpointMustHavePrivateLinkServiceConnection"


def test_storage_lets_subnets_with_its_endpoint_in(azure):
    put_network(azure, subnet("one", "10.0.1.0/24"))
    (name,) = account(azure)
    rule = {"id": azure.id("Microsoft.Network/virtualNetworks/net/subnets/one")}
    change = {"properties": {"networkAcls": {"defaultAction": "Deny", "virtualNetworkRules": [rule]}}}
    with pytest.raises(HttpResponseError) as error:
        azure.storage.storage_accounts.update(azure.group, name, change)
    assert code(error) == "NetworkAclsValidationFailure"
    one = subnet("one", "10.0.1.0/24")
    one["properties"]["serviceEndpoints"] = [{"service": "Microsoft.Storage"}]
    put_network(azure, one)
    azure.storage.storage_accounts.update(azure.group, name, change)


@pytest.mark.parametrize(
    ("delegated", "prefix", "profiles", "expected"),
    [
        (True, "10.0.0.0/27", True, None),
        (True, "10.0.0.0/23", False, None),
        (False, "10.0.0.0/27", True, "ManagedEnvironmentSubnetDelegationError"),
        (False, "10.0.0.0/23", False, "ManagedEnvironmentSubnetDelegationError"),
        (True, "10.0.0.0/28", True, "ManagedEnvironmentInvalidNetworkConfiguration"),
    ],
)
def test_the_subnet_of_an_environment(azure, delegated, prefix, profiles, expected):
    put_network(azure, subnet("apps", prefix, "Microsoft.App/environments" if delegated else None))
    one = azure.id("Microsoft.Network/virtualNetworks/net/subnets/apps")
    properties = {"vnetConfiguration": {"infrastructureSubnetId": one, "internal": True}}
    if profiles:
        properties["workloadProfiles"] = [{"name": "Consumption", "workloadProfileType": "Consumption"}]

    def create(name):
        poller = azure.app.managed_environments.begin_create_or_update(azure.group, name, tracked(properties))
        return poller.result()

    if expected:
        with pytest.raises(HttpResponseError) as error:
            create("env")
        assert code(error) == expected
        return
    create("env")
    with pytest.raises(HttpResponseError) as error:
        create("other")
    assert code(error) == "ManagedEnvironmentSubnetInUse"
    with pytest.raises(HttpResponseError) as error:
        azure.network.subnets.begin_delete(azure.group, "net", "apps")
    assert code(error) == "InUseSubnetCannotBeDeleted"
