"""Settings of databases and caches that ministack takes and forgets.

ministack's CreateDBInstance, ModifyDBInstance, CreateReplicationGroup and ModifyReplicationGroup succeed and drop a
part of what they are given. Here what was given is remembered, and laid over the descriptions that follow, where the
API references of Amazon RDS and ElastiCache say that it shows:

- a version prefix is resolved: `16` makes a server with 16.1;
- RDS's managed password has a secret (ManageMasterUserPassword, MasterUserSecret);
- a group of parameters that is being applied is applied at the next look;
- a restored database has the tags that the restore was given;
- DescribeDBEngineVersions tells major version and family of the version that was asked for;
- user groups need not exist, because nothing here makes them;
- ModifyReplicationGroupShardConfiguration, which ministack has not, changes the number of shards.
"""

import copy
import re
import threading
from collections import defaultdict
from urllib.parse import urlencode
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from wire import Request, Response

# By service: the element of an object, the element that names it, and the parameter that does.
OBJECTS = {
    "rds": ("DBInstance", "DBInstanceIdentifier"),
    "elasticache": ("ReplicationGroup", "ReplicationGroupId"),
}
# By service: a parameter, and the element that shows it.
SHOWN = {
    "rds": {
        "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
        "CACertificateIdentifier": "CACertificateIdentifier",
        "DBPortNumber": "Endpoint/Port",
        "DBSubnetGroupName": "DBSubnetGroup/DBSubnetGroupName",
        "DatabaseInsightsMode": "DatabaseInsightsMode",
        "DedicatedLogVolume": "DedicatedLogVolume",
        "EnablePerformanceInsights": "PerformanceInsightsEnabled",
        "EngineLifecycleSupport": "EngineLifecycleSupport",
        "EngineVersion": "EngineVersion",
        "Iops": "Iops",
        "LicenseModel": "LicenseModel",
        "NetworkType": "NetworkType",
        "OptionGroupName": "OptionGroupMemberships/OptionGroupMembership/OptionGroupName",
        "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
        "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod",
        "Port": "Endpoint/Port",
        "PreferredBackupWindow": "PreferredBackupWindow",
        "StorageThroughput": "StorageThroughput",
    },
    "elasticache": {
        "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
        "ClusterMode": "ClusterMode",
        "Engine": "Engine",
        "IpDiscovery": "IpDiscovery",
        "KmsKeyId": "KmsKeyId",
        "NetworkType": "NetworkType",
        "Port": "NodeGroups/NodeGroup/PrimaryEndpoint/Port",
        "TransitEncryptionEnabled": "TransitEncryptionEnabled",
        "TransitEncryptionMode": "TransitEncryptionMode",
    },
}
# What ElastiCache shows of the nodes alone.
SHOWN_OF_NODES = {
    "CacheParameterGroupName": "CacheParameterGroup/CacheParameterGroupName",
    "EngineVersion": "EngineVersion",
    "NotificationTopicArn": "NotificationConfiguration/TopicArn",
    "NotificationTopicStatus": "NotificationConfiguration/TopicStatus",
    "PreferredMaintenanceWindow": "PreferredMaintenanceWindow",
}
MAKES = {"CreateDBInstance", "RestoreDBInstanceFromDBSnapshot", "CreateReplicationGroup"}
CHANGES = {"ModifyDBInstance", "ModifyReplicationGroup"}

lock = threading.Lock()
remembered = defaultdict(dict)


def answer(request, upstream):
    form = request.form
    action = form.get("Action", "")
    if action == "DescribeDBEngineVersions":
        return engine_versions(form)
    key = (request.scope, request.service, form.get(OBJECTS[request.service][1], ""))
    if action == "ModifyReplicationGroupShardConfiguration":
        return reshard(request, upstream, key)
    passed = request
    if any(name.startswith("UserGroupIds") for name in form):
        passed = with_form(request, {k: v for k, v in form.items() if not k.startswith("UserGroupIds")})
    response = upstream(passed)
    if not response.ok:
        return response
    with lock:
        if action in MAKES:
            remembered[key] = {}
        if action in MAKES | CHANGES:
            remember(request.service, form, remembered[key])
    if action == "RestoreDBInstanceFromDBSnapshot":
        tag(request, upstream, response)
    if not action.startswith(("Describe", "Create", "Modify", "Restore")):
        return response
    return laid_over(request, response)


def with_form(request, form):
    body = urlencode(form).encode()
    return Request(
        request.method, request.path, request.headers, body, request.access_key, request.region, request.service
    )


def values(form, prefix):
    """A list in parameters, whatever its members are called."""
    found = {}
    for name, value in form.items():
        if match := re.fullmatch(re.escape(prefix) + r"\.\w+\.(\d+)", name):
            found[int(match[1])] = value
    return [found[index] for index in sorted(found)]


def resolved(version, service):
    if "." in version:
        return version
    return version + (".1" if service == "rds" else ".1.0")


def remember(service, form, kept):
    for name, path in {**SHOWN[service], **(SHOWN_OF_NODES if service == "elasticache" else {})}.items():
        if name in form:
            # A port of nought is none given; an empty text is not shown.
            kept[path] = resolved(form[name], service) if name == "EngineVersion" else form[name]
    if form.get("NotificationTopicArn"):
        kept.setdefault("NotificationConfiguration/TopicStatus", "active")
    if form.get("DataTieringEnabled"):
        kept["DataTiering"] = "enabled" if form["DataTieringEnabled"] == "true" else "disabled"
    if "ManageMasterUserPassword" in form:
        kept["secret"] = None
        if form["ManageMasterUserPassword"] == "true":
            kept["secret"] = form.get("MasterUserSecretKmsKeyId") or "alias/aws/secretsmanager"
    logs = set(kept.get("logs", ())) | set(values(form, "EnableCloudwatchLogsExports"))
    logs |= set(values(form, "CloudwatchLogsExportConfiguration.EnableLogTypes"))
    kept["logs"] = logs - set(values(form, "CloudwatchLogsExportConfiguration.DisableLogTypes"))
    users = [one for one in kept.get("users", []) if one not in values(form, "UserGroupIdsToRemove")]
    kept["users"] = users + values(form, "UserGroupIds") + values(form, "UserGroupIdsToAdd")
    if service == "elasticache" and (groups := values(form, "SecurityGroupIds")):
        kept["groups"] = groups
    deliveries = kept.setdefault("deliveries", {})
    prefix = "LogDeliveryConfigurations.LogDeliveryConfigurationRequest"
    index = 1
    while kind := form.get(f"{prefix}.{index}.LogType"):
        one = {k.split(".", 3)[3]: v for k, v in form.items() if k.startswith(f"{prefix}.{index}.")}
        deliveries[kind] = one if one.get("Enabled", "true") == "true" else None
        index += 1


def tag(request, upstream, response):
    arn = re.search(rb"<DBInstanceArn>([^<]*)", response.body)[1].decode()
    tags = {name: value for name, value in request.form.items() if name.startswith("Tags.")}
    if tags:
        upstream(with_form(request, {"Action": "AddTagsToResource", "Version": "2014-10-31", "ResourceName": arn, **tags}))


def engine_versions(form):
    engine, asked = form.get("Engine", "postgres"), form.get("EngineVersion", "16")
    parts = asked.split(".")
    major = parts[0] if engine == "postgres" else ".".join(parts[:2])
    body = (
        "<DescribeDBEngineVersionsResponse><DescribeDBEngineVersionsResult><DBEngineVersions><DBEngineVersion>"
        f"<Engine>{escape(engine)}</Engine><MajorEngineVersion>{escape(major)}</MajorEngineVersion>"
        f"<EngineVersion>{escape(resolved(asked, 'rds'))}</EngineVersion>"
        f"<DBParameterGroupFamily>{escape(engine + major)}</DBParameterGroupFamily>"
        "</DBEngineVersion></DBEngineVersions></DescribeDBEngineVersionsResult></DescribeDBEngineVersionsResponse>"
    )
    return Response(200, [("Content-Type", "text/xml")], body.encode())


def reshard(request, upstream, key):
    form = {"Action": "DescribeReplicationGroups", "Version": "2015-02-02", "ReplicationGroupId": key[2]}
    response = upstream(with_form(request, form))
    if not response.ok:
        return response
    with lock:
        remembered[key]["shards"] = int(request.form["NodeGroupCount"])
    name = "ModifyReplicationGroupShardConfiguration"
    return Response(200, [("Content-Type", "text/xml")], f"<{name}Response><{name}Result/></{name}Response>".encode())


def laid_over(request, response):
    document = ET.fromstring(response.body)
    space = document.tag[: document.tag.find("}") + 1]
    element, name = OBJECTS[request.service]
    with lock:
        for node in document.iter(space + element):
            if identifier := node.findtext(space + name):
                show(request.service, node, space, remembered[(request.scope, request.service, identifier)])
        if request.service == "elasticache":
            for node in document.iter(space + "CacheCluster"):
                if identifier := node.findtext(space + "ReplicationGroupId"):
                    show_node(node, space, remembered[(request.scope, request.service, identifier)])
    ET.register_namespace("", space.strip("{}"))
    return Response(response.status, response.headers, ET.tostring(document, encoding="utf-8", xml_declaration=True))


def put(node, space, path, text):
    for part in path.split("/"):
        child = node.find(space + part)
        node = ET.SubElement(node, space + part) if child is None else child
    node.text = text


def replace(node, space, name, children):
    """Puts a list in the place of another. Each child is a name and what is in it: a text, or more children."""
    for old in node.findall(space + name):
        node.remove(old)
    fill(ET.SubElement(node, space + name), space, children)


def fill(node, space, children):
    for name, inside in children:
        child = ET.SubElement(node, space + name)
        if isinstance(inside, str):
            child.text = inside
        else:
            fill(child, space, inside)


def show(service, node, space, kept):
    for path in SHOWN[service].values():
        if kept.get(path):
            put(node, space, path, kept[path])
    if kept.get("DataTiering"):
        put(node, space, "DataTiering", kept["DataTiering"])
    if service == "rds":
        if kept.get("secret"):
            arn = "arn:aws:secretsmanager:secret:rds!" + node.findtext(space + "DbiResourceId", "")
            secret = [("SecretArn", arn), ("SecretStatus", "active"), ("KmsKeyId", kept["secret"])]
            replace(node, space, "MasterUserSecret", secret)
        logs = [("member", log) for log in sorted(kept.get("logs", ()))]
        replace(node, space, "EnabledCloudwatchLogsExports", logs)
        for status in node.iter(space + "ParameterApplyStatus"):
            status.text = "in-sync"
        return
    deliveries = [one for one in kept.get("deliveries", {}).values() if one]
    replace(node, space, "LogDeliveryConfigurations", [("LogDeliveryConfiguration", delivery(one)) for one in deliveries])
    replace(node, space, "UserGroupIds", [("member", one) for one in kept.get("users", [])])
    shards = node.find(space + "NodeGroups")
    if shards is not None and "shards" in kept:
        while len(shards) > kept["shards"]:
            shards.remove(shards[-1])
        while len(shards) < kept["shards"]:
            shards.append(copy.deepcopy(shards[0]))
            put(shards[-1], space, "NodeGroupId", f"{len(shards):04d}")


def delivery(one):
    group = one.get("DestinationDetails.CloudWatchLogsDetails.LogGroup")
    stream = one.get("DestinationDetails.KinesisFirehoseDetails.DeliveryStream")
    details = ("CloudWatchLogsDetails", [("LogGroup", group)])
    if stream:
        details = ("KinesisFirehoseDetails", [("DeliveryStream", stream)])
    plain = [(name, one[name]) for name in ("DestinationType", "LogFormat", "LogType")]
    return [("DestinationDetails", [details]), *plain, ("Status", "active")]


def show_node(node, space, kept):
    for path in SHOWN_OF_NODES.values():
        if kept.get(path):
            put(node, space, path, kept[path])
    if "groups" in kept:
        members = [("member", [("SecurityGroupId", one), ("Status", "active")]) for one in kept["groups"]]
        replace(node, space, "SecurityGroups", members)
