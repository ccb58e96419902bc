"""Reads bodies with the models of Microsoft's azure-mgmt-* packages and writes them again.

On stdin is one JSON object a line, `{"type", "method", "body"}`; on stdout one for each: `{"back"}` is the body as the
model writes it into a request, without read-only properties, and `{"error"}` says why the model cannot read it.
`{"unknown_choices"}` are the places of texts that are none of those that the model lists.
"""

import enum
import functools
import importlib
import inspect
import json
import pathlib
import sys
import typing

EMULATOR = pathlib.Path(__file__).resolve().parents[3] / "azure-emulator"
sys.path.insert(0, str(EMULATOR / "schemas"))

import generate

# ARM type: the package below `azure.mgmt`, and the class with the operations of the type. Their signatures name the
# models, so that this table and the one of generate.py do not repeat each other's mistakes.
OPERATIONS = {
    "Microsoft.App/containerApps": ("appcontainers", "ContainerApps"),
    "Microsoft.App/jobs": ("appcontainers", "Jobs"),
    "Microsoft.App/managedEnvironments": ("appcontainers", "ManagedEnvironments"),
    "Microsoft.App/managedEnvironments/managedCertificates": ("appcontainers", "ManagedCertificates"),
    "Microsoft.Authorization/roleAssignments": ("authorization.v2022_04_01", "RoleAssignments"),
    "Microsoft.Cache/redisEnterprise": ("redisenterprise", "RedisEnterprise"),
    "Microsoft.Cache/redisEnterprise/databases": ("redisenterprise", "Databases"),
    "Microsoft.ContainerRegistry/registries": ("containerregistry", "Registries"),
    "Microsoft.DBforPostgreSQL/flexibleServers": ("postgresqlflexibleservers", "Servers"),
    "Microsoft.DBforPostgreSQL/flexibleServers/configurations": ("postgresqlflexibleservers", "Configurations"),
    "Microsoft.DBforPostgreSQL/flexibleServers/databases": ("postgresqlflexibleservers", "Databases"),
    "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules": ("postgresqlflexibleservers", "FirewallRules"),
    "Microsoft.KeyVault/vaults": ("keyvault", "Vaults"),
    "Microsoft.KeyVault/vaults/secrets": ("keyvault", "Secrets"),
    "Microsoft.ManagedIdentity/userAssignedIdentities": ("msi.v2024_11_30", "UserAssignedIdentities"),
    "Microsoft.Network/networkSecurityGroups": ("network", "NetworkSecurityGroups"),
    "Microsoft.Network/privateDnsZones": ("privatedns", "PrivateZones"),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": ("privatedns", "VirtualNetworkLinks"),
    "Microsoft.Network/privateEndpoints": ("network", "PrivateEndpoints"),
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": ("network", "PrivateDnsZoneGroups"),
    "Microsoft.Network/routeTables": ("network", "RouteTables"),
    "Microsoft.Network/routeTables/routes": ("network", "Routes"),
    "Microsoft.Network/virtualNetworks": ("network", "VirtualNetworks"),
    "Microsoft.Network/virtualNetworks/subnets": ("network", "Subnets"),
    "Microsoft.OperationalInsights/workspaces": ("loganalytics", "Workspaces"),
    "Microsoft.Resources/resourceGroups": ("resource.resources", "ResourceGroups"),
    "Microsoft.Storage/storageAccounts": ("storage", "StorageAccounts"),
    "Microsoft.Storage/storageAccounts/blobServices": ("storage", "BlobServices"),
    "Microsoft.Storage/storageAccounts/blobServices/containers": ("storage", "BlobContainers"),
    "Microsoft.Storage/storageAccounts/managementPolicies": ("storage", "ManagementPolicies"),
}

# What the SDK calls the two methods, here with and there without `begin_`.
NAMES = {
    "PUT": ("create_or_update", "create", "put", "set_service_properties"),
    "PATCH": ("update", "update_tags"),
}


@functools.cache
def model_of(arm_type, method):
    """The model of the body that the SDK sends by this method."""
    package, name = OPERATIONS[arm_type]
    operations = getattr(importlib.import_module(f"azure.mgmt.{package}.operations"), f"{name}Operations")
    for name in NAMES[method]:
        operation = getattr(operations, f"begin_{name}", None) or getattr(operations, name, None)
        for parameter in inspect.signature(operation).parameters.values() if operation else ():
            for hint in typing.get_args(parameter.annotation) or (parameter.annotation,):
                if hasattr(hint, "deserialize") or hasattr(hint, "_deserialize"):
                    return hint
    raise LookupError(f"{operations.__name__} has no {method}")


def written(value, with_read_only):
    """What the SDK writes of a value: the properties that its model knows.

    A model of the newer kind keeps what it was given, known or not, so it is asked for one property after the other.
    """
    if hasattr(value, "_attribute_map"):
        return value.serialize(keep_readonly=with_read_only)
    if hasattr(value, "_attr_to_rest_field"):
        base = inspect.getmodule(type(value)._deserialize.__func__)
        back = {}
        for attribute, field in value._attr_to_rest_field.items():
            found = getattr(value, attribute)
            if found is not None and (with_read_only or not base._is_readonly(field)):
                back[field._rest_name] = written(base._serialize(found, field._format), with_read_only)
        return back
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, list):
        return [written(item, with_read_only) for item in value]
    if isinstance(value, dict):
        return {key: written(item, with_read_only) for key, item in value.items()}
    return value


@functools.cache
def table_of(models, name):
    table = generate.Table(importlib.import_module(models))
    table.add(name)
    return table


def unknown_choices(table, kind, value, path):
    """The places of texts that are none of the choices there."""
    if value is None:
        return
    if kind.endswith("[]") and isinstance(value, list):
        for item in value:
            yield from unknown_choices(table, kind[:-2], item, f"{path}[]")
    elif kind.endswith("{}") and isinstance(value, dict):
        for key, item in value.items():
            yield from unknown_choices(table, kind[:-2], item, f"{path}.{key}")
    elif kind.startswith("enum ") and value not in table.enums[kind.removeprefix("enum ")]:
        yield path
    elif kind in table.types and isinstance(value, dict):
        for key in value.keys() & table.types[kind].keys():
            inner = f"{path}.{key}" if path else key
            yield from unknown_choices(table, table.types[kind][key].type, value[key], inner)


def judge(arm_type, method, body):
    model = model_of(arm_type, method)
    try:
        read = model.deserialize(body) if hasattr(model, "deserialize") else model._deserialize(body, [])
        # What has an id is an object as Azure showed it, changed and sent back: read-only properties are left as they are.
        back = written(read, with_read_only="id" in body)
    except Exception as error:
        return {"error": f"{model.__name__}: {error!r}"}
    table = table_of(model.__module__.rsplit(".", 1)[0], model.__name__)
    return {"back": back, "unknown_choices": sorted(unknown_choices(table, model.__name__, body, ""))}


def main():
    for line in sys.stdin.read().splitlines():
        sent = json.loads(line)
        print(json.dumps(judge(sent["type"], sent["method"], sent["body"])))


if __name__ == "__main__":
    main()
