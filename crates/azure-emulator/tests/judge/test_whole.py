"""A whole application, as a user of Azure has one, from its group to its apps and back."""

import pytest
from azure.core.exceptions import HttpResponseError

from conftest import LOCATION, TENANT, code, unique
from kinds import PASSWORD, done, network, subnet, tracked
from test_app import ACR_PULL, SECRETS_USER, assign


def test_a_whole_application(azure):
    azure.control.settings(operation_time=20, role_lag=0)
    group = azure.group
    vnet = network(
        azure,
        "net",
        subnet("apps", "10.0.0.0/23", "Microsoft.App/environments"),
        subnet("db", "10.0.2.0/24", "Microsoft.DBforPostgreSQL/flexibleServers"),
        subnet("private", "10.0.3.0/24"),
    )
    zone = "judge.private.postgres.database.azure.com"
    done(azure.dns.private_zones.begin_create_or_update(group, zone, {"location": "global"}))
    link = {"location": "global", "properties": {"virtualNetwork": {"id": vnet}, "registrationEnabled": False}}
    done(azure.dns.virtual_network_links.begin_create_or_update(group, zone, "link", link))

    logs = done(azure.logs.workspaces.begin_create_or_update(group, "logs", {"location": LOCATION}))
    key = azure.logs.shared_keys.get_shared_keys(group, "logs").primary_shared_key
    who = azure.identity.user_assigned_identities.create_or_update(group, "api", {"location": LOCATION})

    name = unique("judge")
    registry = done(
        azure.registry.registries.begin_create(group, name, {"location": LOCATION, "sku": {"name": "Basic"}})
    )
    assign(azure, registry.id, ACR_PULL, who.principal_id)

    vault_body = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    vault = done(azure.vault.vaults.begin_create_or_update(group, unique("v"), tracked(vault_body)))
    assign(azure, vault.id, SECRETS_USER, who.principal_id)

    server = done(
        azure.postgres.servers.begin_create_or_update(
            group,
            unique("pg"),
            tracked(
                {
                    "administratorLogin": "owner",
                    "administratorLoginPassword": PASSWORD,
                    "version": "17",
                    "network": {
                        "delegatedSubnetResourceId": f"{vnet}/subnets/db",
                        "privateDnsZoneArmResourceId": azure.id(f"Microsoft.Network/privateDnsZones/{zone}"),
                        "publicNetworkAccess": "Disabled",
                    },
                },
                sku={"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
            ),
        )
    )
    done(azure.postgres.databases.begin_create(group, server.name, "app", {"properties": {"charset": "UTF8"}}))
    url = f"postgres://owner:{PASSWORD}@{server.fully_qualified_domain_name}/app"
    secret = azure.vault.secrets.create_or_update(group, vault.name, "database-url", {"properties": {"value": url}})

    environment = done(
        azure.app.managed_environments.begin_create_or_update(
            group,
            "env",
            tracked(
                {
                    "vnetConfiguration": {"infrastructureSubnetId": f"{vnet}/subnets/apps", "internal": False},
                    "workloadProfiles": [{"name": "Consumption", "workloadProfileType": "Consumption"}],
                    "appLogsConfiguration": {
                        "destination": "log-analytics",
                        "logAnalyticsConfiguration": {"customerId": logs.properties.customer_id, "sharedKey": key},
                    },
                }
            ),
        )
    )
    common = {
        "registries": [{"server": registry.login_server, "identity": who.id}],
        "secrets": [{"name": "database-url", "keyVaultUrl": secret.properties.secret_uri, "identity": who.id}],
    }
    container = {
        "name": "main",
        "image": f"{registry.login_server}/api:1",
        "env": [{"name": "DATABASE_URL", "secretRef": "database-url"}],
    }
    identity = {"type": "UserAssigned", "userAssignedIdentities": {who.id: {}}}

    manual = {"triggerType": "Manual", "replicaTimeout": 300, **common}
    job = {"environmentId": environment.id, "configuration": manual, "template": {"containers": [container]}}
    done(azure.app.jobs.begin_create_or_update(group, "migrate", tracked(job, identity=identity)))
    started = azure.app.jobs.begin_start(group, "migrate").result()
    while (state := azure.app.job_execution(group, "migrate", started.name).status) == "Running":
        pass
    assert state == "Succeeded"

    ingress = {"external": True, "targetPort": 8080, "transport": "auto"}
    api = {
        "environmentId": environment.id,
        "configuration": {**common, "ingress": ingress},
        "template": {"containers": [container], "scale": {"minReplicas": 1, "maxReplicas": 3}},
    }
    app = done(azure.app.container_apps.begin_create_or_update(group, "api", tracked(api, identity=identity)))
    assert app.configuration.ingress.fqdn == f"api.{environment.default_domain}"
    assert app.latest_ready_revision_name == app.latest_revision_name

    # In the wrong order it does not come down.
    for request, expected in (
        (lambda: azure.app.managed_environments.begin_delete(group, "env"), "ManagedEnvironmentHasContainerApps"),
        (lambda: azure.network.virtual_networks.begin_delete(group, "net"), "InUseSubnetCannotBeDeleted"),
        (lambda: azure.dns.private_zones.begin_delete(group, zone), "CannotDeleteResource"),
    ):
        with pytest.raises(HttpResponseError) as error:
            request()
        assert code(error) == expected
    done(azure.app.container_apps.begin_delete(group, "api"))
    done(azure.app.jobs.begin_delete(group, "migrate"))
    done(azure.app.managed_environments.begin_delete(group, "env"))
    done(azure.postgres.servers.begin_delete(group, server.name))
    done(azure.dns.virtual_network_links.begin_delete(group, zone, "link"))
    done(azure.dns.private_zones.begin_delete(group, zone))
    done(azure.network.virtual_networks.begin_delete(group, "net"))
    azure.vault.vaults.delete(group, vault.name)
    done(azure.resources.resource_groups.begin_delete(group))
    left = azure.control("GET", "resources")
    # What is kept of a workspace, a vault and its secret can be recovered.
    assert (left["resources"], len(left["deleted"])) == ([], 3)
