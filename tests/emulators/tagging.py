"""The Resource Groups Tagging API: the tags of all services in one place.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/Welcome.html

moto and ministack know it for some services each, and for none of ours all. Here each service is asked for its own
objects and their tags, by AWS's own client, through the supplement. As on AWS, IAM's roles are not among them, and what
is gone may be told for a while: an object that was told once is told once more after it is gone.
"""

import collections
import functools
import re
import threading

import boto3
from botocore.config import Config

from wire import INSIDE, Response

PAGE = 100
lock = threading.Lock()
told = collections.defaultdict(dict)


# Whoever asks now, in this thread: making a client takes longer than all that is asked of it, so one serves everybody.
caller = threading.local()


@functools.cache
def client(service, endpoint):
    with lock:
        # A session is not to be used by two threads at once.
        made = boto3.session.Session().client(
            service,
            endpoint_url=endpoint,
            region_name="eu-west-3",
            aws_access_key_id="somebody",
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 1}, max_pool_connections=64),
        )
    made.meta.events.register("before-send", as_caller)
    return made


def as_caller(request, **_):
    """The emulators look at nothing of a signature but whose it is, and where. What is asked here is no call of a test's."""
    request.headers[INSIDE] = "tagging"
    signed = request.headers["Authorization"].decode()
    request.headers["Authorization"] = re.sub(
        r"Credential=[^/]+/(\d+)/[^/]+/", rf"Credential={caller.access_key}/\1/{caller.region}/", signed
    )


class Caller:
    """Whoever asks: the services as they are for that account and region."""

    def __init__(self, request, endpoint):
        self.request, self.endpoint = request, endpoint
        caller.access_key, caller.region = request.access_key, request.region

    def __getattr__(self, service):
        return client(service, self.endpoint)

    def arn(self, service, rest):
        return f"arn:aws:{service}:{self.request.region}:{self.request.account}:{rest}"


def pages(client, operation, field, **parameters):
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page[field]


def pairs(tags):
    """Tags in whichever of AWS's ways of writing them."""
    if isinstance(tags, dict):
        return tags
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value", "")) for tag in tags or []}


def acm(aws):
    keys = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
    for one in pages(aws.acm, "list_certificates", "CertificateSummaryList", Includes={"keyTypes": keys}):
        arn = one["CertificateArn"]
        yield arn, aws.acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]


def cloudwatch(aws):
    for one in pages(aws.cloudwatch, "describe_alarms", "MetricAlarms"):
        yield one["AlarmArn"], aws.cloudwatch.list_tags_for_resource(ResourceARN=one["AlarmArn"])["Tags"]


def ec2(aws):
    for tag in pages(aws.ec2, "describe_tags", "Tags"):
        yield aws.arn("ec2", f"{tag['ResourceType']}/{tag['ResourceId']}"), {tag["Key"]: tag["Value"]}


def ecr(aws):
    for one in pages(aws.ecr, "describe_repositories", "repositories"):
        yield one["repositoryArn"], aws.ecr.list_tags_for_resource(resourceArn=one["repositoryArn"])["tags"]


def ecs(aws):
    clusters = list(pages(aws.ecs, "list_clusters", "clusterArns"))
    services = [arn for cluster in clusters for arn in pages(aws.ecs, "list_services", "serviceArns", cluster=cluster)]
    definitions = [
        arn
        for status in ("ACTIVE", "INACTIVE")
        for arn in pages(aws.ecs, "list_task_definitions", "taskDefinitionArns", status=status)
    ]
    for arn in clusters + services + definitions:
        yield arn, aws.ecs.list_tags_for_resource(resourceArn=arn)["tags"]


def elasticache(aws):
    lists = [
        ("describe_replication_groups", "ReplicationGroups"),
        ("describe_cache_clusters", "CacheClusters"),
        ("describe_cache_subnet_groups", "CacheSubnetGroups"),
    ]
    for operation, field in lists:
        for one in pages(aws.elasticache, operation, field):
            if one.get("Status") != "deleting" and "ARN" in one:
                yield one["ARN"], aws.elasticache.list_tags_for_resource(ResourceName=one["ARN"])["TagList"]


def elasticloadbalancing(aws):
    balancers = [one["LoadBalancerArn"] for one in pages(aws.elbv2, "describe_load_balancers", "LoadBalancers")]
    arns = balancers + [one["TargetGroupArn"] for one in pages(aws.elbv2, "describe_target_groups", "TargetGroups")]
    for balancer in balancers:
        for one in pages(aws.elbv2, "describe_listeners", "Listeners", LoadBalancerArn=balancer):
            rules = pages(aws.elbv2, "describe_rules", "Rules", ListenerArn=one["ListenerArn"])
            arns += [one["ListenerArn"]] + [rule["RuleArn"] for rule in rules]
    for arn in arns:
        for one in aws.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]:
            yield arn, one["Tags"]


def logs(aws):
    for one in pages(aws.logs, "describe_log_groups", "logGroups"):
        arn = one["arn"].removesuffix(":*")
        yield arn, aws.logs.list_tags_for_resource(resourceArn=arn)["tags"]


def rds(aws):
    lists = [
        ("describe_db_instances", "DBInstances", "DBInstanceArn"),
        ("describe_db_snapshots", "DBSnapshots", "DBSnapshotArn"),
        ("describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupArn"),
        ("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupArn"),
    ]
    for operation, field, name in lists:
        for one in pages(aws.rds, operation, field):
            if arn := one.get(name):
                yield arn, aws.rds.list_tags_for_resource(ResourceName=arn)["TagList"]


def s3(aws):
    for one in aws.s3.list_buckets()["Buckets"]:
        try:
            yield f"arn:aws:s3:::{one['Name']}", aws.s3.get_bucket_tagging(Bucket=one["Name"])["TagSet"]
        except aws.s3.exceptions.ClientError:
            # NoSuchTagSet: it has none.
            pass


def secretsmanager(aws):
    for one in pages(aws.secretsmanager, "list_secrets", "SecretList"):
        yield one["ARN"], one.get("Tags")


SERVICES = {
    "acm": acm,
    "cloudwatch": cloudwatch,
    "ec2": ec2,
    "ecr": ecr,
    "ecs": ecs,
    "elasticache": elasticache,
    "elasticloadbalancing": elasticloadbalancing,
    "logs": logs,
    "rds": rds,
    "s3": s3,
    "secretsmanager": secretsmanager,
}

# How each tags an object, and takes tags away: by its ARN, a map and a list.
TAG = {
    "acm": lambda aws, arn, tags: aws.acm.add_tags_to_certificate(CertificateArn=arn, Tags=listed(tags)),
    "cloudwatch": lambda aws, arn, tags: aws.cloudwatch.tag_resource(ResourceARN=arn, Tags=listed(tags)),
    "ec2": lambda aws, arn, tags: aws.ec2.create_tags(Resources=[last(arn)], Tags=listed(tags)),
    "ecr": lambda aws, arn, tags: aws.ecr.tag_resource(resourceArn=arn, tags=listed(tags)),
    "ecs": lambda aws, arn, tags: aws.ecs.tag_resource(
        resourceArn=arn, tags=[{"key": key, "value": value} for key, value in tags.items()]
    ),
    "elasticache": lambda aws, arn, tags: aws.elasticache.add_tags_to_resource(ResourceName=arn, Tags=listed(tags)),
    "elasticloadbalancing": lambda aws, arn, tags: aws.elbv2.add_tags(ResourceArns=[arn], Tags=listed(tags)),
    "logs": lambda aws, arn, tags: aws.logs.tag_resource(resourceArn=arn, tags=tags),
    "rds": lambda aws, arn, tags: aws.rds.add_tags_to_resource(ResourceName=arn, Tags=listed(tags)),
    "s3": lambda aws, arn, tags: bucket(aws, arn, lambda found: found | tags),
    "secretsmanager": lambda aws, arn, tags: aws.secretsmanager.tag_resource(SecretId=arn, Tags=listed(tags)),
}
UNTAG = {
    "acm": lambda aws, arn, keys: aws.acm.remove_tags_from_certificate(
        CertificateArn=arn, Tags=[{"Key": key} for key in keys]
    ),
    "cloudwatch": lambda aws, arn, keys: aws.cloudwatch.untag_resource(ResourceARN=arn, TagKeys=keys),
    "ec2": lambda aws, arn, keys: aws.ec2.delete_tags(Resources=[last(arn)], Tags=[{"Key": key} for key in keys]),
    "ecr": lambda aws, arn, keys: aws.ecr.untag_resource(resourceArn=arn, tagKeys=keys),
    "ecs": lambda aws, arn, keys: aws.ecs.untag_resource(resourceArn=arn, tagKeys=keys),
    "elasticache": lambda aws, arn, keys: aws.elasticache.remove_tags_from_resource(ResourceName=arn, TagKeys=keys),
    "elasticloadbalancing": lambda aws, arn, keys: aws.elbv2.remove_tags(ResourceArns=[arn], TagKeys=keys),
    "logs": lambda aws, arn, keys: aws.logs.untag_resource(resourceArn=arn, tagKeys=keys),
    "rds": lambda aws, arn, keys: aws.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=keys),
    "s3": lambda aws, arn, keys: bucket(
        aws, arn, lambda found: {key: value for key, value in found.items() if key not in keys}
    ),
    "secretsmanager": lambda aws, arn, keys: aws.secretsmanager.untag_resource(SecretId=arn, TagKeys=keys),
}


def listed(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def last(arn):
    return arn.rpartition("/")[2]


def bucket(aws, arn, change):
    name = arn.rpartition(":")[2]
    found = pairs(aws.s3.get_bucket_tagging(Bucket=name)["TagSet"])
    aws.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": listed(change(found))})


def answer(request, endpoint):
    operation = {
        "GetResources": get_resources,
        "TagResources": tag_resources,
        "UntagResources": untag_resources,
    }.get(request.target)
    if operation is None:
        return Response.json_error("UnknownOperationException", f"{request.target} is not supplemented")
    return operation(Caller(request, endpoint), request)


def get_resources(aws, request):
    body = request.json
    everything = collections.defaultdict(dict)
    for service in SERVICES.values():
        for arn, tags in service(aws):
            everything[arn].update(pairs(tags))
    now = {arn: tags for arn, tags in everything.items() if tags}
    with lock:
        before, told[request.scope] = told[request.scope], now
    filters = body.get("TagFilters", [])
    found = sorted((arn, tags) for arn, tags in (before | now).items() if all(fits(tags, one) for one in filters))
    begin = int(body.get("PaginationToken") or 0)
    size = int(body.get("ResourcesPerPage") or PAGE)
    page = [{"ResourceARN": arn, "Tags": listed(tags)} for arn, tags in found[begin : begin + size]]
    token = str(begin + size) if begin + size < len(found) else ""
    return Response.of_json({"ResourceTagMappingList": page, "PaginationToken": token})


def fits(tags, asked):
    return asked["Key"] in tags and (not asked.get("Values") or tags[asked["Key"]] in asked["Values"])


def tag_resources(aws, request):
    return each(request, lambda service, arn: TAG[service](aws, arn, request.json["Tags"]))


def untag_resources(aws, request):
    return each(request, lambda service, arn: UNTAG[service](aws, arn, request.json["TagKeys"]))


def each(request, change):
    arns = request.json["ResourceARNList"]
    if not 1 <= len(arns) <= 20:
        return Response.json_error("InvalidParameterException", "ResourceARNList has from 1 to 20 members")
    failed = {}
    for arn in arns:
        try:
            change(arn.split(":")[2], arn)
        except Exception as error:
            failed[arn] = {"StatusCode": 400, "ErrorCode": "InvalidParameterException", "ErrorMessage": str(error)}
    return Response.of_json({"FailedResourcesMap": failed})
