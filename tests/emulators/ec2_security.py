"""What the emulators drop of VPC endpoints and security group rules.

By the EC2 API reference: CreateVpcEndpoint and ModifyVpcEndpoint take the settings of private DNS and of addresses, and
DescribeVpcEndpoints shows them; ModifySecurityGroupRules takes another prefix list or group, and
DescribeSecurityGroupRules shows it.
"""

import re
import xml.etree.ElementTree as xml

from answers import patched, put

# Where each setting of an endpoint shows.
ENDPOINT_SETTINGS = {
    "PrivateDnsEnabled": "privateDnsEnabled",
    "IpAddressType": "ipAddressType",
    "DnsOptions.DnsRecordIpType": "dnsOptions/dnsRecordIpType",
    "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint": "dnsOptions/privateDnsOnlyForInboundResolverEndpoint",
}

endpoints = {}
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
        keep(request, request.form["VpcEndpointId"])
    return response


def keep(request, endpoint):
    kept = endpoints.setdefault((request.scope, endpoint), {})
    kept.update((name, value) for name, value in request.form.items() if name in ENDPOINT_SETTINGS)


def describe_endpoints(request, upstream):
    def patch(root):
        for item in root.iterfind("{*}vpcEndpointSet/{*}item"):
            kept = endpoints.get((request.scope, item.findtext("{*}vpcEndpointId")), {})
            for name, value in kept.items():
                put(item, ENDPOINT_SETTINGS[name], value)

    return patched(upstream(request), patch)


def modify_rules(request, upstream):
    response = upstream(request)
    if response.ok:
        for key, value in request.form.items():
            found = re.fullmatch(r"(SecurityGroupRule\.\d+\.SecurityGroupRule)\.(PrefixListId|ReferencedGroupId)", key)
            if found:
                rule = request.form[f"{found[1]}Id"]
                rules[request.scope, rule] = found[2], value
    return response


def describe_rules(request, upstream):
    places = {"PrefixListId": "prefixListId", "ReferencedGroupId": "referencedGroupInfo/groupId"}

    def patch(root):
        for item in root.iterfind("{*}securityGroupRuleSet/{*}item"):
            kept = rules.get((request.scope, item.findtext("{*}securityGroupRuleId")))
            if kept:
                put(item, places[kept[0]], kept[1])

    return patched(upstream(request), patch)
