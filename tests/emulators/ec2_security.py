"""What the emulators drop of VPC endpoints and security group rules.

By the EC2 API reference: CreateVpcEndpoint and ModifyVpcEndpoint take the settings of private DNS and of addresses, and
DescribeVpcEndpoints shows them, and filters by `vpc-endpoint-id`; ModifySecurityGroupRules takes another prefix list or group, and
DescribeSecurityGroupRules shows it; a description may become empty; ResetPolicy gives an endpoint the policy that allows
everything.
"""

import re
import xml.etree.ElementTree as xml
from urllib.parse import urlencode

from answers import patched, put

# Where each setting of an endpoint shows.
ENDPOINT_SETTINGS = {
    "PrivateDnsEnabled": "privateDnsEnabled",
    "IpAddressType": "ipAddressType",
    "DnsOptions.DnsRecordIpType": "dnsOptions/dnsRecordIpType",
    "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint": "dnsOptions/privateDnsOnlyForInboundResolverEndpoint",
}

EVERYTHING = '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}'

# Where each part of a rule shows.
RULE_PARTS = {
    "PrefixListId": "prefixListId",
    "ReferencedGroupId": "referencedGroupInfo/groupId",
    "Description": "description",
}

endpoints = {}
policies = {}
rules = {}


def answer(request, upstream):
    known = {
        "CreateVpcEndpoint": create_endpoint,
        "ModifyVpcEndpoint": modify_endpoint,
        "DescribeVpcEndpoints": describe_endpoints,
        "ModifySecurityGroupRules": modify_rules,
        "DescribeSecurityGroupRules": describe_rules,
    }
    operation = known.get(request.form.get("Action")) if request.method == "POST" else None
    return operation(request, upstream) if operation else upstream(request)


def create_endpoint(request, upstream):
    response = upstream(request)
    if response.ok:
        keep(request, xml.fromstring(response.body).findtext("{*}vpcEndpoint/{*}vpcEndpointId"))
    return response


def modify_endpoint(request, upstream):
    response = upstream(request)
    if response.ok:
        endpoint = request.form["VpcEndpointId"]
        keep(request, endpoint)
        if request.form.get("ResetPolicy") == "true":
            policies[request.scope, endpoint] = EVERYTHING
        elif "PolicyDocument" in request.form:
            policies.pop((request.scope, endpoint), None)
    return response


def keep(request, endpoint):
    kept = endpoints.setdefault((request.scope, endpoint), {})
    kept.update((name, value) for name, value in request.form.items() if name in ENDPOINT_SETTINGS)


def describe_endpoints(request, upstream):
    wanted = without_id_filter(request)

    def patch(root):
        found = root.find("{*}vpcEndpointSet")
        for item in list(found):
            if wanted and item.findtext("{*}vpcEndpointId") not in wanted:
                found.remove(item)
                continue
            kept = endpoints.get((request.scope, item.findtext("{*}vpcEndpointId")), {})
            for name, value in kept.items():
                put(item, ENDPOINT_SETTINGS[name], value)
            policy = policies.get((request.scope, item.findtext("{*}vpcEndpointId")))
            if policy:
                put(item, "policyDocument", policy)

    return patched(upstream(request), patch)


def without_id_filter(request):
    """Takes the filter `vpc-endpoint-id`, which moto does not know, out of the request; gives its values."""
    form = request.form
    place = next((key[: -len("Name")] for key, value in form.items() if value == "vpc-endpoint-id"), None)
    if place is None:
        return []
    request.body = urlencode({key: value for key, value in form.items() if not key.startswith(place)}).encode()
    return [value for key, value in form.items() if key.startswith(f"{place}Value.")]


def modify_rules(request, upstream):
    response = upstream(request)
    if response.ok:
        for key, value in request.form.items():
            found = re.fullmatch(r"(SecurityGroupRule\.\d+\.SecurityGroupRule)\.(\w+)", key)
            if found and found[2] in RULE_PARTS:
                rule = request.form[f"{found[1]}Id"]
                rules.setdefault((request.scope, rule), {})[found[2]] = value
    return response


def describe_rules(request, upstream):
    def patch(root):
        for item in root.iterfind("{*}securityGroupRuleSet/{*}item"):
            kept = rules.get((request.scope, item.findtext("{*}securityGroupRuleId")), {})
            for part, value in kept.items():
                put(item, RULE_PARTS[part], value)

    return patched(upstream(request), patch)
