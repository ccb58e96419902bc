"""Application Auto Scaling: scalable targets, scaling policies, tags.

ministack has none of it. moto has no tags, gives a policy a new ARN at each update, and answers other error codes.
Written from AWS's "Application Auto Scaling API Reference"; nothing ever scales.
"""

import threading
import time
import uuid

from wire import Response

SERVICE_ROLE = "aws-service-role/{0}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_{1}"
IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")

targets, policies, tags = {}, {}, {}
lock = threading.Lock()


class Refused(Exception):
    """An error of the service: its code and its message."""


def answer(request):
    operation = OPERATIONS.get(request.target)
    if operation is None:
        return Response.json_error("UnknownOperationException", f"{request.target} is not supplemented")
    try:
        with lock:
            return Response.of_json(operation(request.scope, request.json))
    except Refused as refused:
        return Response.json_error(*refused.args)
    except KeyError as missing:
        return Response.json_error("ValidationException", f"{missing.args[0]} is required")


def identity(scope, body):
    return (scope, *(body[name] for name in IDENTITY))


def described_key(key):
    return dict(zip(IDENTITY, key[1:4]))


def register_target(scope, body):
    key = identity(scope, body)
    account, region = scope
    target = targets.get(key)
    if target is None:
        if "MinCapacity" not in body or "MaxCapacity" not in body:
            raise Refused("ValidationException", "MinCapacity and MaxCapacity are required for a new scalable target")
        namespace = body["ServiceNamespace"]
        service = {"ecs": "ECSService"}.get(namespace, namespace)
        target = targets[key] = {
            **described_key(key),
            "RoleARN": f"arn:aws:iam::{account}:role/" + SERVICE_ROLE.format(namespace, service),
            "CreationTime": time.time(),
            "SuspendedState": {
                "DynamicScalingInSuspended": False,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
            "ScalableTargetARN": f"arn:aws:application-autoscaling:{region}:{account}:scalable-target/{uuid.uuid4().hex}",
        }
        tags[target["ScalableTargetARN"]] = dict(body.get("Tags") or {})
    capacity = {name: body.get(name, target.get(name)) for name in ("MinCapacity", "MaxCapacity")}
    if capacity["MinCapacity"] > capacity["MaxCapacity"]:
        raise Refused("ValidationException", "MinCapacity must not be greater than MaxCapacity")
    target.update(capacity)
    if body.get("RoleARN"):
        target["RoleARN"] = body["RoleARN"]
    target["SuspendedState"].update(body.get("SuspendedState") or {})
    return {"ScalableTargetARN": target["ScalableTargetARN"]}


def describe_targets(scope, body):
    return {"ScalableTargets": [target for key, target in targets.items() if wanted(scope, body, key, target)]}


def deregister_target(scope, body):
    key = require_target(scope, body)
    tags.pop(targets.pop(key)["ScalableTargetARN"], None)
    # AWS: "Deregistering a scalable target deletes the scaling policies that are associated with it."
    for policy in [policy for policy in policies if policy[:4] == key]:
        del policies[policy]
    return {}


def put_policy(scope, body):
    key = (*require_target(scope, body), body["PolicyName"])
    account, region = scope
    place = f"resource/{body['ServiceNamespace']}/{body['ResourceId']}:policyName/{body['PolicyName']}"
    fresh = {
        "PolicyName": body["PolicyName"],
        "PolicyARN": f"arn:aws:autoscaling:{region}:{account}:scalingPolicy:{uuid.uuid4()}:{place}",
        "CreationTime": time.time(),
        "PolicyType": "StepScaling",
        "Alarms": [],
        **described_key(key),
    }
    policy = policies.setdefault(key, fresh)
    for name in ("PolicyType", "TargetTrackingScalingPolicyConfiguration", "StepScalingPolicyConfiguration"):
        if body.get(name):
            policy[name] = body[name]
    return {"PolicyARN": policy["PolicyARN"], "Alarms": []}


def describe_policies(scope, body):
    names = body.get("PolicyNames")
    found = [
        policy
        for key, policy in policies.items()
        if wanted(scope, body, key, policy) and (not names or policy["PolicyName"] in names)
    ]
    return {"ScalingPolicies": found}


def delete_policy(scope, body):
    key = (*identity(scope, body), body["PolicyName"])
    if policies.pop(key, None) is None:
        raise Refused("ObjectNotFoundException", f"No scaling policy found for {describe_key(key)}")
    return {}


def tag(scope, body):
    require_tagged(body).update(body["Tags"])
    return {}


def untag(scope, body):
    found = require_tagged(body)
    for key in body["TagKeys"]:
        found.pop(key, None)
    return {}


def list_tags(scope, body):
    return {"Tags": require_tagged(body)}


def require_tagged(body):
    arn = body["ResourceARN"]
    if arn not in tags:
        raise Refused("ResourceNotFoundException", f"No scalable target found with ARN: {arn}")
    return tags[arn]


def require_target(scope, body):
    key = identity(scope, body)
    if key not in targets:
        raise Refused("ObjectNotFoundException", f"No scalable target found for {describe_key(key)}")
    return key


def describe_key(key):
    return f"service namespace: {key[1]}, resource ID: {key[2]}, scalable dimension: {key[3]}"


def wanted(scope, body, key, found):
    resources = body.get("ResourceIds") or ([body["ResourceId"]] if body.get("ResourceId") else None)
    return (
        key[0] == scope
        and found["ServiceNamespace"] == body["ServiceNamespace"]
        and (not resources or found["ResourceId"] in resources)
        and body.get("ScalableDimension") in (None, found["ScalableDimension"])
    )


OPERATIONS = {
    "RegisterScalableTarget": register_target,
    "DescribeScalableTargets": describe_targets,
    "DeregisterScalableTarget": deregister_target,
    "PutScalingPolicy": put_policy,
    "DescribeScalingPolicies": describe_policies,
    "DeleteScalingPolicy": delete_policy,
    "TagResource": tag,
    "UntagResource": untag,
    "ListTagsForResource": list_tags,
}
