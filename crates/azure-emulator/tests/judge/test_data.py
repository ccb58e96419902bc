"""What is special about Postgres, Managed Redis, storage and registries."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from conftest import LOCATION, code, unique
from kinds import PASSWORD, account, cluster, done, network, server, server_body, subnet, zone

SERVICE = "Microsoft.DBforPostgreSQL/flexibleServers"


@pytest.fixture
def servers(azure):
    class Servers:
        name = unique("pg")

        def put(self, change=None):
            body = server_body()
            body["properties"].update(change or {})
            return done(azure.postgres.servers.begin_create_or_update(azure.group, self.name, body))

        def refused(self, change):
            with pytest.raises(HttpResponseError) as error:
                self.put(change)
            return code(error)

        def get(self):
            return azure.postgres.servers.get(azure.group, self.name)

    azure.group
    return Servers()


def test_a_server(azure, servers):
    made = servers.put()
    assert made.state == "Ready"
    assert made.fully_qualified_domain_name == f"{servers.name}.postgres.database.azure.com"
    assert made.administrator_login_password is None
    assert made.high_availability.state == "NotEnabled"
    assert "postgres" in [one.name for one in azure.postgres.databases.list_by_server(azure.group, servers.name)]


def test_a_server_is_accepted_before_it_is_there(azure, servers):
    azure.control.settings(operation_time=100)
    poller = azure.postgres.servers.begin_create_or_update(azure.group, servers.name, server_body())
    with pytest.raises(ResourceNotFoundError):
        servers.get()
    assert poller.result().state == "Ready"
    change = {"properties": {"storage": {"storageSizeGB": 128}}}
    poller = azure.postgres.servers.begin_update(azure.group, servers.name, change)
    assert servers.get().state == "Updating"
    assert poller.result().storage.storage_size_gb == 128


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"administratorLogin": None}, "InvalidParameterValue"),
        ({"administratorLogin": "admin"}, "InvalidParameterValue"),
        ({"administratorLoginPassword": None}, "InvalidParameterValue"),
        ({"administratorLoginPassword": "password"}, "PasswordNotComplex"),
        ({"storage": {"storageSizeGB": 100}}, "InvalidParameterValue"),
        ({"backup": {"backupRetentionDays": 3}}, "InvalidParameterValue"),
        ({"highAvailability": {"mode": "ZoneRedundant"}}, "InvalidParameterValue"),
    ],
)
def test_what_a_server_cannot_be(servers, change, expected):
    assert servers.refused(change) == expected


def test_what_a_server_cannot_become(servers):
    servers.put()
    assert servers.refused({"storage": {"storageSizeGB": 32}}) == "InvalidParameterValue"
    assert servers.refused({"version": "16"}) == "InvalidParameterValue"
    assert servers.refused({"administratorLogin": "other"}) == "PropertyChangeNotAllowed"


def test_a_name_is_unique_in_the_world(azure, servers):
    check = azure.postgres.name_availability.check_globally
    request = {"name": servers.name, "type": SERVICE}
    assert check(request).name_available is True
    servers.put()
    taken = check(request)
    assert (taken.name_available, taken.reason) == (False, "AlreadyExists")
    azure.resources.resource_groups.create_or_update("other", {"location": LOCATION})
    with pytest.raises(HttpResponseError) as error:
        azure.postgres.servers.begin_create_or_update("other", servers.name, server_body())
    assert code(error) == "ServerNameAlreadyExists"


def test_a_server_in_a_network(azure, servers):
    vnet = network(azure, "net", subnet("plain", "10.0.1.0/24"), subnet("db", "10.0.2.0/24", SERVICE))
    name = zone(azure)
    link = {"location": "global", "properties": {"virtualNetwork": {"id": vnet}, "registrationEnabled": False}}
    settings = {"delegatedSubnetResourceId": f"{vnet}/subnets/plain"}
    assert servers.refused({"network": settings}) == "SubnetNotDelegated"
    settings["delegatedSubnetResourceId"] = f"{vnet}/subnets/db"
    conflict = "ConflictingPublicNetworkAccessAndVirtualNetworkConfiguration"
    assert servers.refused({"network": settings}) == conflict
    settings["publicNetworkAccess"] = "Disabled"
    assert servers.refused({"network": settings}) == "EmptyPrivateDnsZoneArmResourceId"
    settings["privateDnsZoneArmResourceId"] = azure.id(f"Microsoft.Network/privateDnsZones/{name}x")
    assert servers.refused({"network": settings}) == "InvalidResourceReference"
    settings["privateDnsZoneArmResourceId"] = azure.id(f"Microsoft.Network/privateDnsZones/{name}")
    assert servers.refused({"network": settings}) == "PrivateDnsZoneNotLinked"
    links = azure.dns.virtual_network_links
    done(links.begin_create_or_update(azure.group, name, "link", link))
    made = servers.put({"network": settings})
    assert made.network.public_network_access == "Disabled"
    rule = {"properties": {"startIpAddress": "10.0.0.1", "endIpAddress": "10.0.0.1"}}
    for request, expected in (
        (lambda: links.begin_delete(azure.group, name, "link"), "VirtualNetworkLinkInUse"),
        (lambda: azure.network.subnets.begin_delete(azure.group, "net", "db"), "InUseSubnetCannotBeDeleted"),
        (
            lambda: azure.postgres.firewall_rules.begin_create_or_update(azure.group, servers.name, "one", rule),
            "FirewallRuleOperationsNotAllowed",
        ),
    ):
        with pytest.raises(HttpResponseError) as error:
            request()
        assert code(error) == expected
    done(azure.postgres.servers.begin_delete(azure.group, servers.name))
    done(links.begin_delete(azure.group, name, "link"))


def test_one_thing_of_a_server_at_a_time(azure):
    (name,) = server(azure)
    azure.control.settings(operation_time=100)
    poller = azure.postgres.databases.begin_create(azure.group, name, "one", {"properties": {}})
    for request in (
        lambda: azure.postgres.databases.begin_create(azure.group, name, "two", {"properties": {}}),
        lambda: azure.postgres.servers.begin_update(azure.group, name, {"tags": {}}),
        lambda: azure.postgres.servers.begin_delete(azure.group, name),
    ):
        with pytest.raises(HttpResponseError) as error:
            request()
        assert (error.value.status_code, code(error)) == (409, "ServerBusy")
    poller.result()


def test_parameters(azure):
    (name,) = server(azure)
    parameters = azure.postgres.configurations
    known = {one.name: one for one in parameters.list_by_server(azure.group, name)}
    assert known["work_mem"].source == "system-default"
    made = parameters.begin_put(azure.group, name, "work_mem", {"properties": {"value": "8192"}}).result()
    assert (made.value, made.source, made.is_config_pending_restart) == ("8192", "user-override", False)
    change = {"properties": {"value": "200", "source": "user-override"}}
    assert parameters.begin_update(azure.group, name, "max_connections", change).result().is_config_pending_restart
    with pytest.raises(HttpResponseError) as error:
        parameters.begin_put(azure.group, name, "work_mem", {"properties": {"value": "much"}})
    assert code(error) == "InvalidParameterValue"
    with pytest.raises(ResourceNotFoundError) as error:
        parameters.begin_put(azure.group, name, "nonsense", {"properties": {"value": "1"}})
    back = parameters.begin_put(azure.group, name, "work_mem", {"properties": {"value": "4096"}}).result()
    assert back.source == "system-default"


def test_high_availability_is_switched_off(azure, servers):
    assert servers.put({"highAvailability": {"mode": "Disabled"}}).high_availability.state == "NotEnabled"


def test_a_server_stops_and_starts(azure, servers):
    servers.put()
    done(azure.postgres.servers.begin_stop(azure.group, servers.name))
    assert servers.get().state == "Stopped"
    done(azure.postgres.servers.begin_start(azure.group, servers.name))
    assert servers.get().state == "Ready"
    done(azure.postgres.servers.begin_restart(azure.group, servers.name))


def test_the_password_is_kept(azure, servers):
    servers.put()
    (kept,) = [one for one in azure.control("GET", "resources")["resources"] if one["type"] == SERVICE]
    assert kept["_hidden"]["administratorLoginPassword"] == PASSWORD


def test_a_cache(azure):
    (name,) = cluster(azure)
    found = azure.redis.redis_enterprise.get(azure.group, name)
    assert (found.resource_state, found.host_name) == ("Running", f"{name}.westus.redis.azure.net")
    databases = azure.redis.databases
    with pytest.raises(HttpResponseError):
        databases.begin_create(azure.group, name, "other", {"properties": {}})
    made = databases.begin_create(azure.group, name, "default", {"properties": {}}).result()
    assert (made.port, made.client_protocol, made.resource_state) == (10000, "Encrypted", "Running")
    with pytest.raises(HttpResponseError):
        databases.list_keys(azure.group, name, "default")
    change = {"properties": {"accessKeysAuthentication": "Enabled"}}
    done(databases.begin_update(azure.group, name, "default", change))
    keys = databases.list_keys(azure.group, name, "default")
    new = databases.begin_regenerate_key(azure.group, name, "default", {"keyType": "Primary"}).result()
    assert new.primary_key != keys.primary_key
    assert new.secondary_key == keys.secondary_key
    with pytest.raises(HttpResponseError):
        body = {"location": LOCATION, "sku": {"name": "Balanced_B0", "capacity": 2}}
        azure.redis.redis_enterprise.begin_create(azure.group, name, {**body, "properties": {"publicNetworkAccess": "Enabled"}})


def test_a_storage_account(azure):
    check = azure.storage.storage_accounts.check_name_availability
    free = unique("store")
    request = {"type": "Microsoft.Storage/storageAccounts"}
    assert check({"name": free, **request}).name_available is True
    assert check({"name": "Not-A-Name", **request}).reason == "AccountNameInvalid"
    (name,) = account(azure)
    assert check({"name": name, **request}).reason == "AlreadyExists"
    azure.resources.resource_groups.create_or_update("other", {"location": LOCATION})
    body = {"location": LOCATION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    with pytest.raises(HttpResponseError) as error:
        azure.storage.storage_accounts.begin_create("other", name, body)
    assert (error.value.status_code, code(error)) == (409, "StorageAccountAlreadyTaken")
    found = azure.storage.storage_accounts.get_properties(azure.group, name)
    assert found.primary_endpoints.blob == f"https://{name}.blob.core.windows.net/"
    assert (found.sku.tier, found.provisioning_state, found.status_of_primary) == ("Standard", "Succeeded", "available")
    with pytest.raises(HttpResponseError) as error:
        azure.storage.storage_accounts.begin_create(azure.group, name, {**body, "kind": "BlockBlobStorage"})
    assert code(error) == "AccountPropertyCannotBeUpdated"


def test_keys_of_an_account(azure):
    (name,) = account(azure)
    accounts = azure.storage.storage_accounts
    first, second = accounts.list_keys(azure.group, name).keys_property
    assert (first.key_name, second.key_name, first.permissions) == ("key1", "key2", "FULL")
    new = accounts.regenerate_key(azure.group, name, {"keyName": "key1"}).keys_property
    assert new[0].value != first.value
    assert new[1].value == second.value


def test_blobs(azure):
    (name,) = account(azure)
    service = azure.storage.blob_services
    body = {"properties": {"isVersioningEnabled": True, "deleteRetentionPolicy": {"enabled": True, "days": 7}}}
    assert service.set_service_properties(azure.group, name, body).delete_retention_policy.days == 7
    found = service.get_service_properties(azure.group, name)
    assert (found.is_versioning_enabled, found.name) == (True, "default")
    with pytest.raises(HttpResponseError) as error:
        public = {"properties": {"publicAccess": "Blob"}}
        azure.storage.blob_containers.create(azure.group, name, "files", public)
    assert code(error) == "PublicAccessNotPermitted"


def test_the_life_of_blobs(azure):
    (name,) = account(azure)
    policies = azure.storage.management_policies
    action = {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 30}}}
    definition = {"actions": action, "filters": {"blobTypes": ["blockBlob"], "prefixMatch": ["logs/"]}}
    rule = {"name": "old", "enabled": True, "type": "Lifecycle", "definition": definition}
    body = {"properties": {"policy": {"rules": [rule]}}}
    policies.create_or_update(azure.group, name, "default", body)
    found = policies.get(azure.group, name, "default").policy.rules[0]
    assert found.definition.actions.base_blob.delete.days_after_modification_greater_than == 30
    policies.delete(azure.group, name, "default")
    with pytest.raises(ResourceNotFoundError):
        policies.get(azure.group, name, "default")


def test_a_registry(azure):
    registries = azure.registry.registries
    name = unique("Judge")
    request = {"name": name, "type": "Microsoft.ContainerRegistry/registries"}
    assert registries.check_name_availability(request).name_available is True
    body = {"location": LOCATION, "sku": {"name": "Standard"}}
    azure.group
    made = done(registries.begin_create("group", name, body))
    assert (made.login_server, made.sku.tier) == (f"{name.lower()}.azurecr.io", "Standard")
    assert registries.check_name_availability(request).reason == "AlreadyExists"
    with pytest.raises(HttpResponseError):
        registries.list_credentials("group", name)
    done(registries.begin_update("group", name, {"properties": {"adminUserEnabled": True}}))
    old = registries.list_credentials("group", name)
    new = registries.regenerate_credential("group", name, {"name": "password"})
    assert old.username == name
    assert old.passwords[0].value != new.passwords[0].value
    assert old.passwords[1].value == new.passwords[1].value
    with pytest.raises(HttpResponseError) as error:
        registries.begin_create("group", "a-b-c", body)
    assert code(error) == "InvalidResourceName"
