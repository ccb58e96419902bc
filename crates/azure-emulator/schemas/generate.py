"""Writes one table per ARM type from the models of Microsoft's azure-mgmt-* packages.

    python generate.py FOLDER

Microsoft generates those models from the published specifications, so the tables say what the specifications say, in
a form that the emulator reads. README.md says what the form is. Corrections are not made here: they are in
`overlay.json`, each with its source.
"""

import datetime
import enum
import importlib
import importlib.metadata
import json
import pathlib
import re
import sys
import types
import typing

# ARM type: package, module of the models, API version, and the models of PUT, PATCH and GET. Without a model for PATCH
# the type cannot be patched; without one for PUT it is made by the service only.
TYPES = {
    "Microsoft.Resources/resourceGroups": (
        "azure-mgmt-resource", "azure.mgmt.resource.resources.models", "2025-04-01",
        "ResourceGroup", "ResourceGroupPatchable", "ResourceGroup"),
    "Microsoft.Resources/tags": (
        "azure-mgmt-resource", "azure.mgmt.resource.resources.models", "2025-04-01",
        "TagsResource", "TagsPatchResource", "TagsResource"),
    "Microsoft.ManagedIdentity/userAssignedIdentities": (
        "azure-mgmt-msi", "azure.mgmt.msi.v2024_11_30.models", "2024-11-30",
        "Identity", "IdentityUpdate", "Identity"),
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials": (
        "azure-mgmt-msi", "azure.mgmt.msi.v2024_11_30.models", "2024-11-30",
        "FederatedIdentityCredential", None, "FederatedIdentityCredential"),
}

NETWORK = ("azure-mgmt-network", "azure.mgmt.network.models", "2025-07-01")
TYPES |= {
    "Microsoft.Network/virtualNetworks": (*NETWORK, "VirtualNetwork", "TagsObject", "VirtualNetwork"),
    "Microsoft.Network/virtualNetworks/subnets": (*NETWORK, "Subnet", None, "Subnet"),
    "Microsoft.Network/networkSecurityGroups": (
        *NETWORK, "NetworkSecurityGroup", "TagsObject", "NetworkSecurityGroup"),
    "Microsoft.Network/networkSecurityGroups/securityRules": (*NETWORK, "SecurityRule", None, "SecurityRule"),
    "Microsoft.Network/privateEndpoints": (*NETWORK, "PrivateEndpoint", None, "PrivateEndpoint"),
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": (
        *NETWORK, "PrivateDnsZoneGroup", None, "PrivateDnsZoneGroup"),
    "Microsoft.Network/publicIPAddresses": (*NETWORK, "PublicIPAddress", "TagsObject", "PublicIPAddress"),
    "Microsoft.Network/routeTables": (*NETWORK, "RouteTable", "TagsObject", "RouteTable"),
    "Microsoft.Network/routeTables/routes": (*NETWORK, "Route", None, "Route"),
}

PRIVATE_DNS = ("azure-mgmt-privatedns", "azure.mgmt.privatedns.models", "2024-06-01")
TYPES |= {
    "Microsoft.Network/privateDnsZones": (*PRIVATE_DNS, "PrivateZone", "PrivateZone", "PrivateZone"),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": (
        *PRIVATE_DNS, "VirtualNetworkLink", "VirtualNetworkLink", "VirtualNetworkLink"),
    "Microsoft.Network/privateDnsZones/A": (*PRIVATE_DNS, "RecordSet", "RecordSet", "RecordSet"),
    "Microsoft.Network/privateDnsZones/SOA": (*PRIVATE_DNS, None, None, "RecordSet"),
}

APP = ("azure-mgmt-appcontainers", "azure.mgmt.appcontainers.models", "2025-07-01")
TYPES |= {
    "Microsoft.App/managedEnvironments": (
        *APP, "ManagedEnvironment", "ManagedEnvironment", "ManagedEnvironment"),
    "Microsoft.App/managedEnvironments/managedCertificates": (
        *APP, "ManagedCertificate", "ManagedCertificatePatch", "ManagedCertificate"),
    "Microsoft.App/containerApps": (*APP, "ContainerApp", "ContainerApp", "ContainerApp"),
    "Microsoft.App/containerApps/revisions": (*APP, None, None, "Revision"),
    "Microsoft.App/jobs": (*APP, "Job", "JobPatchProperties", "Job"),
    "Microsoft.App/jobs/executions": (*APP, None, None, "JobExecution"),
}

POSTGRES = ("azure-mgmt-postgresqlflexibleservers", "azure.mgmt.postgresqlflexibleservers.models", "2025-08-01")
TYPES |= {
    "Microsoft.DBforPostgreSQL/flexibleServers": (*POSTGRES, "Server", "ServerForPatch", "Server"),
    "Microsoft.DBforPostgreSQL/flexibleServers/databases": (*POSTGRES, "Database", None, "Database"),
    "Microsoft.DBforPostgreSQL/flexibleServers/configurations": (
        *POSTGRES, "ConfigurationForUpdate", "ConfigurationForUpdate", "Configuration"),
    "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules": (*POSTGRES, "FirewallRule", None, "FirewallRule"),
}

REDIS = ("azure-mgmt-redisenterprise", "azure.mgmt.redisenterprise.models", "2025-07-01")
STORAGE = ("azure-mgmt-storage", "azure.mgmt.storage.models", "2025-08-01")
VAULT = ("azure-mgmt-keyvault", "azure.mgmt.keyvault.models", "2026-02-01")
TYPES |= {
    "Microsoft.Cache/redisEnterprise": (*REDIS, "Cluster", "ClusterUpdate", "Cluster"),
    "Microsoft.Cache/redisEnterprise/databases": (*REDIS, "Database", "DatabaseUpdate", "Database"),
    "Microsoft.Storage/storageAccounts": (
        *STORAGE, "StorageAccountCreateParameters", "StorageAccountUpdateParameters", "StorageAccount"),
    "Microsoft.Storage/storageAccounts/blobServices": (
        *STORAGE, "BlobServiceProperties", None, "BlobServiceProperties"),
    "Microsoft.Storage/storageAccounts/blobServices/containers": (
        *STORAGE, "BlobContainer", "BlobContainer", "BlobContainer"),
    "Microsoft.Storage/storageAccounts/managementPolicies": (
        *STORAGE, "ManagementPolicy", None, "ManagementPolicy"),
    "Microsoft.KeyVault/vaults": (*VAULT, "VaultCreateOrUpdateParameters", "VaultPatchParameters", "Vault"),
    "Microsoft.KeyVault/vaults/secrets": (
        *VAULT, "SecretCreateOrUpdateParameters", "SecretPatchParameters", "Secret"),
    "Microsoft.OperationalInsights/workspaces": (
        "azure-mgmt-loganalytics", "azure.mgmt.loganalytics.models", "2025-07-01",
        "Workspace", "WorkspacePatch", "Workspace"),
    "Microsoft.ContainerRegistry/registries": (
        "azure-mgmt-containerregistry", "azure.mgmt.containerregistry.models", "2025-11-01",
        "Registry", "RegistryUpdateParameters", "Registry"),
    "Microsoft.Authorization/roleAssignments": (
        "azure-mgmt-authorization", "azure.mgmt.authorization.v2022_04_01.models", "2022-04-01",
        "RoleAssignmentCreateParameters", None, "RoleAssignment"),
    "Microsoft.Authorization/roleDefinitions": (
        "azure-mgmt-authorization", "azure.mgmt.authorization.v2022_04_01.models", "2022-04-01",
        None, None, "RoleDefinition"),
}

# What every resource answers with. Some models leave it to their base, some repeat it, some forget it.
ENVELOPE = {"id": "read string", "name": "read string", "type": "read string", "systemData": "read any"}

SIMPLE = {
    str: "string", int: "integer", float: "number", bool: "boolean", bytes: "string",
    datetime.datetime: "datetime", datetime.date: "datetime", datetime.time: "string", datetime.timedelta: "string",
    typing.Any: "any", object: "any",
}
SIMPLE_NAMES = {
    "str": "string", "int": "integer", "long": "integer", "float": "number", "bool": "boolean", "object": "any",
    "iso-8601": "datetime", "rfc-1123": "datetime", "duration": "string", "JSON": "any", "bytearray": "string",
    "time": "string", "unix-time": "integer",
}


class Property(typing.NamedTuple):
    """One property: its flags (`required`, `read`, `create`) and its type."""

    flags: tuple
    type: str

    def __str__(self):
        return " ".join([*self.flags, self.type])


class Table:
    """The models and enums that one ARM type reaches, by their names."""

    def __init__(self, models):
        self.models = models
        self.types = {}
        self.enums = {}

    def add(self, name):
        """Adds a model and all that it reaches; gives its name."""
        if name not in self.types:
            self.types[name] = {}
            model = getattr(self.models, name)
            read = self.from_rest_fields if hasattr(model, "_is_model") else self.from_attribute_map
            # Sub-models are what a discriminator chooses between; all their properties are allowed.
            for candidate in [*model.__subclasses__(), model]:
                if candidate is not model and not is_polymorphic(model):
                    continue
                self.types[name].update(read(candidate, name))
        return name

    def from_rest_fields(self, model, _):
        model.__new__(model)  # resolves the annotations
        hints = {}
        for base in reversed(model.__mro__):
            space = vars(sys.modules[base.__module__]) | {"_models": self.models}
            for name, hint in getattr(base, "__annotations__", {}).items():
                if name in model._attr_to_rest_field:
                    hints[name] = eval(hint, space) if isinstance(hint, str) else hint
        properties = {}
        for name, field in model._attr_to_rest_field.items():
            kind, optional = self.from_hint(hints[name])
            if field._format == "unix-timestamp":
                kind = "integer"
            visibility = field._visibility
            flags = []
            if visibility == ["read"]:
                flags = ["read"]
            else:
                if not optional:
                    flags.append("required")
                if visibility and "create" in visibility and "update" not in visibility:
                    flags.append("create")
            properties[field._rest_name] = Property(tuple(flags), kind)
        return properties

    def from_hint(self, hint):
        """The type that an annotation names, and whether it is optional."""
        if isinstance(hint, str):
            return self.from_hint(getattr(self.models, hint.removeprefix("_models.")))
        if isinstance(hint, typing.ForwardRef):
            return self.from_hint(hint.__forward_arg__)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            optional = type(None) in arguments
            kinds = [self.from_hint(argument)[0] for argument in arguments if argument is not type(None)]
            named = [kind for kind in kinds if kind != "string"] or kinds
            return named[0], optional
        if origin is typing.Literal:
            return SIMPLE[type(arguments[0])], False
        if origin is list:
            return self.from_hint(arguments[0])[0] + "[]", False
        if origin is dict:
            return self.from_hint(arguments[1])[0] + "{}", False
        if hint in SIMPLE:
            return SIMPLE[hint], False
        return self.named(hint), False

    def named(self, thing):
        if isinstance(thing, type) and issubclass(thing, enum.Enum):
            self.enums[thing.__name__] = sorted(member.value for member in thing)
            return "enum " + thing.__name__
        return self.add(thing.__name__)

    def from_attribute_map(self, model, name):
        validation = model._validation
        described = dict(re.findall(r":(?:vartype|paramtype) (\w+): (.*?)(?=\n\s*:|\n\s*\"|\Z)", model.__doc__, re.S))
        properties = {}
        for attribute, mapped in model._attribute_map.items():
            rules = validation.get(attribute, {})
            flags = ["read"] if rules.get("readonly") else ["required"] if rules.get("required") else []
            kind = self.from_mapped(mapped["type"], described.get(attribute, ""))
            # `properties.location` is `location` inside `properties`; an escaped dot is part of a name.
            path = [step.replace("\\.", ".") for step in re.split(r"(?<!\\)\.", mapped["key"])]
            self.put(properties, name, path, Property(tuple(flags), kind))
        return properties

    def put(self, properties, name, path, leaf):
        if len(path) == 1:
            properties[path[0]] = leaf
            return
        inner = f"{name}.{path[0]}"
        self.put(self.types.setdefault(inner, {}), inner, path[1:], leaf)
        needed = any("required" in child.flags for child in self.types[inner].values())
        properties[path[0]] = Property(("required",) if needed else (), inner)

    def from_mapped(self, kind, described):
        if kind.startswith("["):
            return self.from_mapped(kind[1:-1], described) + "[]"
        if kind.startswith("{"):
            return self.from_mapped(kind[1:-1], described) + "{}"
        if kind == "str" and (named := re.search(r"~[\w.]+\.(\w+)", described)):
            return self.named(getattr(self.models, named.group(1)))
        return SIMPLE_NAMES[kind] if kind in SIMPLE_NAMES else self.named(getattr(self.models, kind))

    def united(self, sent, answered):
        """A model that takes what `sent` takes and knows what only `answered` has as read-only."""
        if sent == answered:
            return sent
        name = f"{sent}+{answered}"
        if name in self.types:
            return name
        self.types[name] = {}
        properties = dict(self.types[sent])
        for key, theirs in self.types[answered].items():
            ours = properties.get(key)
            if ours is None:
                properties[key] = Property(("read",), theirs.type)
            elif ours.type in self.types and theirs.type in self.types:
                properties[key] = Property(ours.flags, self.united(ours.type, theirs.type))
        self.types[name] = properties
        return name

    def reached(self, roots):
        """The types that something still points at, after models were united."""
        found, waiting = {}, list(roots)
        while waiting:
            name = waiting.pop()
            if name in found or name not in self.types:
                continue
            found[name] = self.types[name]
            waiting += [prop.type.rstrip("[]{}") for prop in self.types[name].values()]
        return found


def is_polymorphic(model):
    return bool(getattr(model, "_subtype_map", None) or model.__dict__.get("__mapping__"))


def table(arm_type, package, module, version, put, patch, get):
    made = Table(importlib.import_module(module))
    roots = {}
    answered = made.add(get)
    for verb, model in {"put": put, "patch": patch}.items():
        if model:
            roots[verb] = made.united(made.add(model), answered)
    roots["get"] = answered
    for root in roots.values():
        made.types[root] = {key: Property(*split(text)) for key, text in ENVELOPE.items()} | made.types[root]
    reached = made.reached(roots.values())
    enums = {prop.type.rstrip("[]{}").removeprefix("enum ") for properties in reached.values() for prop in properties.values()}
    return {
        "type": arm_type,
        "source": f"{package} {importlib.metadata.version(package)}",
        "version": version,
        **roots,
        "types": {
            name: {key: str(prop) for key, prop in sorted(reached[name].items())} for name in sorted(reached)
        },
        "enums": {name: made.enums[name] for name in sorted(enums & made.enums.keys())},
    }


def split(text):
    *flags, kind = text.split(" ")
    return tuple(flags), kind


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for arm_type, source in TYPES.items():
        text = json.dumps(table(arm_type, *source), indent=1, ensure_ascii=False)
        # One line per enum: their values are read together.
        text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: "[" + re.sub(r"\s*\n\s*", " ", found.group(1)) + "]", text)
        (folder / (arm_type.replace("/", ".") + ".json")).write_text(text + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
