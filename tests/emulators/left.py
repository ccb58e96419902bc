"""What is left in an account, seen by a client that is not ours: prints it, and exits with 1 when there is anything.

Reads the endpoint, region and credentials from the variables that every AWS SDK reads. What an account has from its
beginning, such as the default VPC, does not count; neither do deleted secrets that wait out their recovery window and
task definitions that are no longer active, which AWS keeps as well.
"""

import sys

import boto3

OURS = "stack:lineage"


def ec2(client):
    api = client("ec2")
    ours = [{"Name": "tag-key", "Values": [OURS]}]
    gone = {"deleted", "deleting", "terminated"}
    for answer, items, key in [
        (api.describe_vpcs(Filters=ours), "Vpcs", "VpcId"),
        (api.describe_subnets(Filters=ours), "Subnets", "SubnetId"),
        (api.describe_internet_gateways(Filters=ours), "InternetGateways", "InternetGatewayId"),
        (api.describe_addresses(Filters=ours), "Addresses", "AllocationId"),
        (api.describe_nat_gateways(Filters=ours), "NatGateways", "NatGatewayId"),
        (api.describe_route_tables(Filters=ours), "RouteTables", "RouteTableId"),
        (api.describe_security_groups(Filters=ours), "SecurityGroups", "GroupId"),
        (api.describe_vpc_endpoints(Filters=ours), "VpcEndpoints", "VpcEndpointId"),
    ]:
        yield from (item[key] for item in answer[items] if item.get("State") not in gone)


def everything(client):
    """Objects of services in which a new account has nothing."""
    yield from ec2(client)
    yield from (one["LoadBalancerArn"] for one in client("elbv2").describe_load_balancers()["LoadBalancers"])
    yield from (one["TargetGroupArn"] for one in client("elbv2").describe_target_groups()["TargetGroups"])
    ecs = client("ecs")
    clusters = ecs.list_clusters()["clusterArns"]
    active = ecs.describe_clusters(clusters=clusters)["clusters"] if clusters else []
    yield from (one["clusterArn"] for one in active if one["status"] == "ACTIVE")
    yield from ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
    yield from (one["DBInstanceArn"] for one in client("rds").describe_db_instances()["DBInstances"])
    groups = client("rds").describe_db_subnet_groups()["DBSubnetGroups"]
    yield from (one["DBSubnetGroupName"] for one in groups if one["DBSubnetGroupName"] != "default")
    parameters = client("rds").describe_db_parameter_groups()["DBParameterGroups"]
    yield from (
        one["DBParameterGroupName"] for one in parameters if not one["DBParameterGroupName"].startswith("default.")
    )
    cache = client("elasticache")
    yield from (
        one["ReplicationGroupId"]
        for one in cache.describe_replication_groups()["ReplicationGroups"]
        if one["Status"] != "deleting"
    )
    subnets = cache.describe_cache_subnet_groups()["CacheSubnetGroups"]
    yield from (one["CacheSubnetGroupName"] for one in subnets if one["CacheSubnetGroupName"] != "default")
    yield from buckets(client("s3"))
    yield from (one["ARN"] for one in client("secretsmanager").list_secrets()["SecretList"] if "DeletedDate" not in one)
    roles = client("iam").list_roles()["Roles"]
    yield from (one["Arn"] for one in roles if not one["Path"].startswith("/aws-service-role/"))
    yield from (one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"])
    yield from (one["repositoryArn"] for one in client("ecr").describe_repositories()["repositories"])
    yield from (one["AlarmArn"] for one in client("cloudwatch").describe_alarms()["MetricAlarms"])
    scaling = client("application-autoscaling")
    yield from (
        one["ResourceId"] for one in scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    )


def buckets(s3):
    """Bucket names are global in the emulators, so ours are told by their tags and their account's listing."""
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            tags = s3.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]
        except s3.exceptions.ClientError:
            continue
        if any(tag["Key"] == OURS for tag in tags):
            yield bucket["Name"]


def main():
    left = list(everything(boto3.client))
    for one in left:
        print(f"left: {one}")
    if not left:
        print("nothing is left")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
