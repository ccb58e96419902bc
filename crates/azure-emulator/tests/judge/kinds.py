"""What there is to create: the one table that the tests of every type go through.

A kind says with which operations of which client it is created, read, listed, updated and deleted, what it needs to be
there, a body as a user writes it, and ways to get that body wrong.
"""

from dataclasses import dataclass, field
from typing import Callable, Optional

from conftest import LOCATION, TENANT, unique

TAGS = {"purpose": "judge", "Owner": "Team"}
PASSWORD = "Correct-Horse-7"


@dataclass
class Kind:
    name: str
    # The operations: an attribute of a client, and the names of its methods.
    client: Callable
    create: str
    get: str = "get"
    list: Optional[str] = None
    list_all: Optional[str] = None
    update: Optional[str] = None
    delete: Optional[str] = "begin_delete"
    # Makes what it needs, and gives the arguments that come before the name.
    needs: Callable = lambda azure: ()
    # A name, or the one name that there can be.
    called: Callable = lambda: unique("judge")
    body: Callable = lambda azure, parents: {}
    change: dict = field(default_factory=lambda: {"tags": {"purpose": "changed"}})
    # Properties that are never read back: the ends of their paths.
    secret: tuple = ()
    # Ways to get the body wrong: paths, with values.
    missing: Optional[str] = None
    enum: Optional[str] = None
    mistyped: Optional[tuple] = None
    read_only: Optional[tuple] = None
    tracked: bool = True
    location: str = LOCATION
    # Whether its parent is a resource, and not only the group.
    child: bool = False
    single: bool = False
    # In which order the list takes the arguments before the name.
    list_order: Callable = lambda parents: parents

    def operations(self, azure):
        return self.client(azure)

    def arguments(self, azure):
        return (azure.group, *self.needs(azure))


def tracked(properties=None, **more):
    body = {"location": LOCATION, "tags": TAGS, **more}
    return body if properties is None else {**body, "properties": properties}


def done(poller):
    return poller.result() if hasattr(poller, "result") else poller


# What others need.


def network(azure, name="net", *subnets):
    properties = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": list(subnets)}
    done(azure.network.virtual_networks.begin_create_or_update(azure.group, name, tracked(properties)))
    return azure.id(f"Microsoft.Network/virtualNetworks/{name}")


def subnet(name, prefix, service=None):
    properties = {"addressPrefix": prefix}
    if service:
        properties["delegations"] = [{"name": "delegation", "properties": {"serviceName": service}}]
    return {"name": name, "properties": properties}


def zone(azure, name="judge.postgres.database.azure.com"):
    done(azure.dns.private_zones.begin_create_or_update(azure.group, name, {"location": "global"}))
    return name


def security_group(azure):
    done(azure.network.network_security_groups.begin_create_or_update(azure.group, "nsg", {"location": LOCATION}))
    return ("nsg",)


def route_table(azure):
    done(azure.network.route_tables.begin_create_or_update(azure.group, "routes", {"location": LOCATION}))
    return ("routes",)


def account(azure):
    name = unique("store")
    body = {"location": LOCATION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    done(azure.storage.storage_accounts.begin_create(azure.group, name, body))
    return (name,)


def identity(azure, name="identity"):
    return azure.identity.user_assigned_identities.create_or_update(azure.group, name, {"location": LOCATION})


def environment(azure, name="env"):
    body = tracked({"workloadProfiles": [{"name": "Consumption", "workloadProfileType": "Consumption"}]})
    return done(azure.app.managed_environments.begin_create_or_update(azure.group, name, body))


def app_body(azure, **configuration):
    return tracked(
        {
            "environmentId": azure.id("Microsoft.App/managedEnvironments/env"),
            "configuration": configuration,
            "template": {"containers": [{"name": "main", "image": "example.com/main:1"}]},
        }
    )


def server(azure):
    name = unique("pg")
    done(azure.postgres.servers.begin_create_or_update(azure.group, name, server_body()))
    return (name,)


def server_body():
    return tracked(
        {
            "administratorLogin": "owner",
            "administratorLoginPassword": PASSWORD,
            "version": "17",
            "storage": {"storageSizeGB": 64, "autoGrow": "Enabled"},
            "backup": {"backupRetentionDays": 14, "geoRedundantBackup": "Disabled"},
        },
        sku={"name": "Standard_B1ms", "tier": "Burstable"},
    )


def cluster(azure):
    name = unique("redis")
    body = {"location": LOCATION, "sku": {"name": "Balanced_B0"}, "properties": {"publicNetworkAccess": "Enabled"}}
    done(azure.redis.redis_enterprise.begin_create(azure.group, name, body))
    return (name,)


def vault(azure):
    name = unique("v")
    done(azure.vault.vaults.begin_create_or_update(azure.group, name, vault_body()))
    return (name,)


def vault_body(**properties):
    common = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    return tracked({**common, **properties})


def link_needs(azure):
    network(azure)
    return (zone(azure, "judge.example"),)


def endpoint_needs(azure):
    network(azure, "net", subnet("one", "10.0.1.0/24"))
    return ()


def endpoint_body(azure, parents):
    (store,) = account(azure)
    target = azure.id(f"Microsoft.Storage/storageAccounts/{store}")
    connection = {"name": "blob", "properties": {"privateLinkServiceId": target, "groupIds": ["blob"]}}
    one = azure.id("Microsoft.Network/virtualNetworks/net/subnets/one")
    return tracked({"subnet": {"id": one}, "privateLinkServiceConnections": [connection]})


def endpoint(azure):
    endpoint_needs(azure)
    done(azure.network.private_endpoints.begin_create_or_update(azure.group, "pe", endpoint_body(azure, ())))
    zone(azure, "privatelink.blob.core.windows.net")
    return ("pe",)


RULE = {
    "priority": 200,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "10.0.0.0/8",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "*",
    "destinationPortRanges": ["443", "8080-8090"],
}

KINDS = [
    Kind(
        "identity",
        lambda azure: azure.identity.user_assigned_identities,
        create="create_or_update",
        list="list_by_resource_group",
        list_all="list_by_subscription",
        update="update",
        delete="delete",
        body=lambda azure, parents: tracked(),
        missing="location",
        mistyped=("tags", "none"),
        read_only=("properties.principalId", "11111111-1111-4111-8111-111111111111"),
    ),
    Kind(
        "federated credential",
        lambda azure: azure.identity.federated_identity_credentials,
        create="create_or_update",
        list="list",
        delete="delete",
        needs=lambda azure: (identity(azure).name,),
        body=lambda azure, parents: {
            "properties": {"issuer": "https://issuer.example", "subject": unique("me"), "audiences": ["api://one"]}
        },
        missing="properties.issuer",
        mistyped=("properties.audiences", "one"),
        tracked=False,
        child=True,
    ),
    Kind(
        "network",
        lambda azure: azure.network.virtual_networks,
        create="begin_create_or_update",
        list="list",
        list_all="list_all",
        update="update_tags",
        body=lambda azure, parents: tracked(
            {
                "addressSpace": {"addressPrefixes": ["10.1.0.0/16", "10.2.0.0/16"]},
                "dhcpOptions": {"dnsServers": ["10.1.0.4"]},
                "subnets": [subnet("one", "10.1.1.0/24"), subnet("two", "10.2.1.0/24", "Microsoft.App/environments")],
            }
        ),
        missing="location",
        enum="properties.encryption.enforcement",
        mistyped=("properties.enableDdosProtection", "yes"),
        read_only=("properties.provisioningState", "Failed"),
    ),
    Kind(
        "subnet",
        lambda azure: azure.network.subnets,
        create="begin_create_or_update",
        list="list",
        needs=lambda azure: (network(azure).rsplit("/", 1)[1],),
        called=lambda: "only",
        body=lambda azure, parents: {
            "properties": {
                "addressPrefix": "10.0.3.0/24",
                "serviceEndpoints": [{"service": "Microsoft.Storage"}],
                "privateEndpointNetworkPolicies": "Enabled",
            }
        },
        missing="properties.addressPrefix",
        enum="properties.privateEndpointNetworkPolicies",
        mistyped=("properties.delegations", "x"),
        read_only=("properties.provisioningState", "Failed"),
        tracked=False,
        child=True,
        single=True,
    ),
    Kind(
        "security group",
        lambda azure: azure.network.network_security_groups,
        create="begin_create_or_update",
        list="list",
        list_all="list_all",
        update="update_tags",
        body=lambda azure, parents: tracked({"securityRules": [{"name": "https", "properties": RULE}]}),
        missing="properties.securityRules.0.properties.access",
        enum="properties.securityRules.0.properties.direction",
        mistyped=("properties.securityRules.0.properties.priority", "high"),
        read_only=("properties.resourceGuid", "x"),
    ),
    Kind(
        "security rule",
        lambda azure: azure.network.security_rules,
        create="begin_create_or_update",
        list="list",
        needs=security_group,
        called=lambda: "only",
        body=lambda azure, parents: {"properties": RULE},
        missing="properties.priority",
        enum="properties.access",
        mistyped=("properties.destinationPortRanges", "443"),
        tracked=False,
        child=True,
        single=True,
    ),
    Kind(
        "route table",
        lambda azure: azure.network.route_tables,
        create="begin_create_or_update",
        list="list",
        list_all="list_all",
        update="update_tags",
        body=lambda azure, parents: tracked(
            {
                "disableBgpRoutePropagation": True,
                "routes": [{"name": "out", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}}],
            }
        ),
        enum="properties.routes.0.properties.nextHopType",
        missing="properties.routes.0.properties.nextHopType",
        mistyped=("properties.disableBgpRoutePropagation", 1),
    ),
    Kind(
        "route",
        lambda azure: azure.network.routes,
        create="begin_create_or_update",
        list="list",
        needs=route_table,
        body=lambda azure, parents: {"properties": {"addressPrefix": "10.9.0.0/16", "nextHopType": "None"}},
        missing="properties.nextHopType",
        enum="properties.nextHopType",
        tracked=False,
        child=True,
    ),
    Kind(
        "public address",
        lambda azure: azure.network.public_ip_addresses,
        create="begin_create_or_update",
        list="list",
        list_all="list_all",
        update="update_tags",
        body=lambda azure, parents: tracked(
            {"publicIPAllocationMethod": "Static", "idleTimeoutInMinutes": 10}, sku={"name": "Standard"}
        ),
        missing="location",
        enum="properties.publicIPAllocationMethod",
        mistyped=("properties.idleTimeoutInMinutes", "ten"),
    ),
    Kind(
        "private endpoint",
        lambda azure: azure.network.private_endpoints,
        create="begin_create_or_update",
        list="list",
        list_all="list_by_subscription",
        needs=endpoint_needs,
        body=endpoint_body,
        missing="properties.subnet",
        mistyped=("properties.privateLinkServiceConnections", {}),
        read_only=("properties.networkInterfaces", [{"id": "x"}]),
    ),
    Kind(
        "zone group",
        lambda azure: azure.network.private_dns_zone_groups,
        create="begin_create_or_update",
        list="list",
        needs=endpoint,
        body=lambda azure, parents: {
            "properties": {
                "privateDnsZoneConfigs": [
                    {
                        "name": "blob",
                        "properties": {
                            "privateDnsZoneId": azure.id(
                                "Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net"
                            )
                        },
                    }
                ]
            }
        },
        mistyped=("properties.privateDnsZoneConfigs", {}),
        list_order=lambda parents: tuple(reversed(parents)),
        tracked=False,
        child=True,
    ),
    Kind(
        "private DNS zone",
        lambda azure: azure.dns.private_zones,
        create="begin_create_or_update",
        list="list_by_resource_group",
        list_all="list",
        update="begin_update",
        called=lambda: unique("zone") + ".example",
        body=lambda azure, parents: {"location": "global", "tags": TAGS},
        missing="location",
        mistyped=("tags", []),
        read_only=("properties.maxNumberOfRecordSets", 1),
        location="global",
    ),
    Kind(
        "DNS link",
        lambda azure: azure.dns.virtual_network_links,
        create="begin_create_or_update",
        list="list",
        update="begin_update",
        needs=link_needs,
        called=lambda: "only",
        body=lambda azure, parents: {
            "location": "global",
            "tags": TAGS,
            "properties": {
                "registrationEnabled": True,
                "virtualNetwork": {"id": azure.id("Microsoft.Network/virtualNetworks/net")},
            },
        },
        missing="properties.virtualNetwork",
        mistyped=("properties.registrationEnabled", "yes"),
        read_only=("properties.virtualNetworkLinkState", "InProgress"),
        child=True,
        single=True,
        location="global",
    ),
    Kind(
        "workspace",
        lambda azure: azure.logs.workspaces,
        create="begin_create_or_update",
        list="list_by_resource_group",
        list_all="list",
        update="update",
        body=lambda azure, parents: tracked({"retentionInDays": 60, "sku": {"name": "PerGB2018"}}),
        change={"properties": {"retentionInDays": 90}},
        missing="location",
        enum="properties.sku.name",
        mistyped=("properties.retentionInDays", "long"),
        read_only=("properties.customerId", "x"),
    ),
    Kind(
        "registry",
        lambda azure: azure.registry.registries,
        create="begin_create",
        list="list_by_resource_group",
        list_all="list",
        update="begin_update",
        body=lambda azure, parents: tracked({"adminUserEnabled": True}, sku={"name": "Basic"}),
        change={"properties": {"adminUserEnabled": False}},
        missing="sku",
        enum="sku.name",
        mistyped=("properties.adminUserEnabled", "yes"),
        read_only=("properties.loginServer", "elsewhere.example"),
    ),
    Kind(
        "environment",
        lambda azure: azure.app.managed_environments,
        create="begin_create_or_update",
        list="list_by_resource_group",
        list_all="list_by_subscription",
        update="begin_update",
        body=lambda azure, parents: tracked(
            {
                "zoneRedundant": False,
                "workloadProfiles": [{"name": "Consumption", "workloadProfileType": "Consumption"}],
                "peerAuthentication": {"mtls": {"enabled": True}},
            }
        ),
        missing="location",
        enum="properties.publicNetworkAccess",
        mistyped=("properties.zoneRedundant", "no"),
        read_only=("properties.staticIp", "1.2.3.4"),
    ),
    Kind(
        "managed certificate",
        lambda azure: azure.app.managed_certificates,
        create="begin_create_or_update",
        list="list",
        update="update",
        delete="delete",
        needs=lambda azure: (environment(azure).name,),
        body=lambda azure, parents: tracked({"subjectName": "judge.example", "domainControlValidation": "CNAME"}),
        missing="location",
        enum="properties.domainControlValidation",
        read_only=("properties.validationToken", "x"),
        child=True,
    ),
    Kind(
        "container app",
        lambda azure: azure.app.container_apps,
        create="begin_create_or_update",
        list="list_by_resource_group",
        list_all="list_by_subscription",
        update="begin_update",
        needs=lambda azure: (environment(azure), ())[1],
        body=lambda azure, parents: tracked(
            {
                "environmentId": azure.id("Microsoft.App/managedEnvironments/env"),
                "configuration": {
                    "activeRevisionsMode": "Multiple",
                    "secrets": [{"name": "password", "value": "s3cret"}],
                    "ingress": {
                        "external": True,
                        "targetPort": 8080,
                        "transport": "http",
                        "ipSecurityRestrictions": [{"name": "all", "action": "Allow", "ipAddressRange": "0.0.0.0/0"}],
                    },
                },
                "template": {
                    "containers": [
                        {
                            "name": "main",
                            "image": "example.com/main:1",
                            "command": ["/main"],
                            "env": [{"name": "A", "value": "b"}, {"name": "P", "secretRef": "password"}],
                            "resources": {"cpu": 0.25, "memory": "0.5Gi"},
                            "probes": [{"type": "Liveness", "httpGet": {"path": "/", "port": 8080}}],
                        }
                    ],
                    "scale": {
                        "minReplicas": 1,
                        "maxReplicas": 3,
                        "rules": [{"name": "web", "http": {"metadata": {"concurrentRequests": "50"}}}],
                    },
                },
            }
        ),
        secret=("secrets.value",),
        missing="location",
        enum="properties.configuration.activeRevisionsMode",
        mistyped=("properties.template.scale.minReplicas", "many"),
        read_only=("properties.latestRevisionName", "x"),
    ),
    Kind(
        "job",
        lambda azure: azure.app.jobs,
        create="begin_create_or_update",
        list="list_by_resource_group",
        list_all="list_by_subscription",
        update="begin_update",
        needs=lambda azure: (environment(azure), ())[1],
        body=lambda azure, parents: tracked(
            {
                "environmentId": azure.id("Microsoft.App/managedEnvironments/env"),
                "configuration": {
                    "triggerType": "Schedule",
                    "replicaTimeout": 600,
                    "replicaRetryLimit": 2,
                    "scheduleTriggerConfig": {"cronExpression": "0 3 * * *"},
                },
                "template": {"containers": [{"name": "main", "image": "example.com/job:1", "args": ["up"]}]},
            }
        ),
        missing="properties.configuration.replicaTimeout",
        enum="properties.configuration.triggerType",
        mistyped=("properties.configuration.replicaTimeout", "long"),
        read_only=("properties.provisioningState", "Failed"),
    ),
    Kind(
        "server",
        lambda azure: azure.postgres.servers,
        create="begin_create_or_update",
        list="list_by_resource_group",
        list_all="list_by_subscription",
        update="begin_update",
        body=lambda azure, parents: server_body(),
        change={"properties": {"storage": {"storageSizeGB": 128}}},
        secret=("administratorLoginPassword",),
        missing="location",
        enum="properties.version",
        mistyped=("properties.storage.storageSizeGB", "64"),
        read_only=("properties.fullyQualifiedDomainName", "x"),
    ),
    Kind(
        "database",
        lambda azure: azure.postgres.databases,
        create="begin_create",
        list="list_by_server",
        needs=server,
        body=lambda azure, parents: {"properties": {"charset": "UTF8", "collation": "en_US.utf8"}},
        mistyped=("properties.charset", 8),
        tracked=False,
        child=True,
    ),
    Kind(
        "firewall rule",
        lambda azure: azure.postgres.firewall_rules,
        create="begin_create_or_update",
        list="list_by_server",
        needs=server,
        body=lambda azure, parents: {"properties": {"startIpAddress": "10.0.0.1", "endIpAddress": "10.0.0.9"}},
        missing="properties.endIpAddress",
        mistyped=("properties.startIpAddress", 10),
        tracked=False,
        child=True,
    ),
    Kind(
        "cluster",
        lambda azure: azure.redis.redis_enterprise,
        create="begin_create",
        list="list_by_resource_group",
        list_all="list",
        update="begin_update",
        body=lambda azure, parents: tracked(
            {"highAvailability": "Disabled", "publicNetworkAccess": "Enabled"}, sku={"name": "Balanced_B0"}
        ),
        missing="properties.publicNetworkAccess",
        enum="sku.name",
        mistyped=("zones", "1"),
        read_only=("properties.hostName", "x"),
    ),
    Kind(
        "cache database",
        lambda azure: azure.redis.databases,
        create="begin_create",
        list="list_by_cluster",
        update="begin_update",
        needs=cluster,
        called=lambda: "default",
        body=lambda azure, parents: {
            "properties": {"clientProtocol": "Encrypted", "port": 10000, "evictionPolicy": "AllKeysLRU"}
        },
        change={"properties": {"evictionPolicy": "NoEviction"}},
        enum="properties.evictionPolicy",
        mistyped=("properties.port", "10000"),
        read_only=("properties.resourceState", "Disabled"),
        tracked=False,
        child=True,
        single=True,
    ),
    Kind(
        "storage account",
        lambda azure: azure.storage.storage_accounts,
        create="begin_create",
        get="get_properties",
        list="list_by_resource_group",
        list_all="list",
        update="update",
        delete="delete",
        body=lambda azure, parents: tracked(
            {"minimumTlsVersion": "TLS1_2", "allowBlobPublicAccess": False, "supportsHttpsTrafficOnly": True},
            sku={"name": "Standard_LRS"},
            kind="StorageV2",
        ),
        change={"properties": {"accessTier": "Cool"}},
        missing="kind",
        enum="sku.name",
        mistyped=("properties.allowBlobPublicAccess", "no"),
        read_only=("properties.creationTime", "2020-01-01T00:00:00Z"),
    ),
    Kind(
        "blob container",
        lambda azure: azure.storage.blob_containers,
        create="create",
        list="list",
        update="update",
        delete="delete",
        needs=account,
        body=lambda azure, parents: {"properties": {"publicAccess": "None", "metadata": {"a": "b"}}},
        change={"properties": {"metadata": {"a": "c"}}},
        enum="properties.publicAccess",
        mistyped=("properties.metadata", "a=b"),
        read_only=("properties.leaseState", "Leased"),
        tracked=False,
        child=True,
    ),
    Kind(
        "vault",
        lambda azure: azure.vault.vaults,
        create="begin_create_or_update",
        list="list_by_resource_group",
        list_all="list_by_subscription",
        update="update",
        delete="delete",
        called=lambda: unique("v"),
        body=lambda azure, parents: vault_body(softDeleteRetentionInDays=7),
        missing="properties.sku",
        enum="properties.sku.family",
        mistyped=("properties.enableRbacAuthorization", "yes"),
    ),
    Kind(
        "secret",
        lambda azure: azure.vault.secrets,
        create="create_or_update",
        list="list",
        update="update",
        delete=None,
        needs=vault,
        body=lambda azure, parents: {
            "tags": TAGS,
            "properties": {"value": "s3cret", "contentType": "text/plain", "attributes": {"enabled": True}},
        },
        secret=("properties.value",),
        missing="properties.value",
        mistyped=("properties.attributes.exp", "tomorrow"),
        read_only=("properties.secretUri", "https://x"),
        tracked=False,
        child=True,
    ),
]
