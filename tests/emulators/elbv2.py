"""What the emulators drop of Network Load Balancers and of listeners.

By the Elastic Load Balancing API reference (version 2): CreateLoadBalancer and SetSubnets take addresses with the subnets
and DescribeLoadBalancers shows them with the zones; SetSecurityGroups takes whether inbound rules hold for traffic of
PrivateLink, which is on at first where there are security groups; AddListenerCertificates adds to what
DescribeListenerCertificates shows, whatever ModifyListener does to the default one; CreateListener and ModifyListener take
an ALPN policy and mutual authentication, and DescribeListeners shows them, and of the certificates the default one alone.
"""

import re
import xml.etree.ElementTree as xml

from answers import child, patched, put

MAPPING = re.compile(r"SubnetMappings\.member\.(\d+)\.(\w+)")
INBOUND = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
# Where each address of a mapping shows.
ADDRESSES = {
    "AllocationId": "AllocationId",
    "PrivateIPv4Address": "PrivateIPv4Address",
    "IPv6Address": "IPv6Address",
}

mappings = {}
inbound = {}
certificates = {}
listeners = {}


def answer(request, upstream):
    known = {
        "CreateLoadBalancer": create,
        "SetSubnets": set_subnets,
        "SetSecurityGroups": set_groups,
        "DescribeLoadBalancers": describe,
        "CreateListener": create_listener,
        "ModifyListener": modify_listener,
        "DescribeListeners": describe_listeners,
        "AddListenerCertificates": add_certificates,
        "RemoveListenerCertificates": remove_certificates,
        "DescribeListenerCertificates": describe_certificates,
    }
    operation = known.get(request.form.get("Action")) if request.method == "POST" else None
    return operation(request, upstream) if operation else upstream(request)


def create(request, upstream):
    response = upstream(request)
    if response.ok:
        arn = xml.fromstring(response.body).findtext(".//{*}LoadBalancerArn")
        mappings[request.scope, arn] = asked(request)
        if request.form.get("Type") == "network" and "SecurityGroups.member.1" in request.form:
            inbound[request.scope, arn] = "on"
    return response


def set_subnets(request, upstream):
    response = upstream(request)
    if response.ok:
        mappings[request.scope, request.form["LoadBalancerArn"]] = asked(request)
    return response


def set_groups(request, upstream):
    response = upstream(request)
    if response.ok and INBOUND in request.form:
        inbound[request.scope, request.form["LoadBalancerArn"]] = request.form[INBOUND]
    return response


def asked(request):
    """The mappings that a request asks for, by their subnets."""
    found = {}
    for key, value in request.form.items():
        if match := MAPPING.fullmatch(key):
            found.setdefault(match[1], {})[match[2]] = value
    return {mapping["SubnetId"]: mapping for mapping in found.values()}


def describe(request, upstream):
    def patch(root):
        for balancer in root.iterfind(".//{*}LoadBalancers/{*}member"):
            place = request.scope, balancer.findtext("{*}LoadBalancerArn")
            if place in inbound:
                put(balancer, INBOUND, inbound[place])
            for zone in balancer.iterfind("{*}AvailabilityZones/{*}member"):
                mapping = mappings.get(place, {}).get(zone.findtext("{*}SubnetId"), {})
                shown = {ADDRESSES[name]: value for name, value in mapping.items() if name in ADDRESSES}
                if shown:
                    addresses = put(zone, "LoadBalancerAddresses")
                    addresses.clear()
                    entry = child(addresses, "member")
                    for name, value in shown.items():
                        put(entry, name, value)

    return patched(upstream(request), patch)


def add_certificates(request, upstream):
    response = upstream(request)
    if response.ok:
        kept = certificates.setdefault((request.scope, request.form["ListenerArn"]), [])
        kept += [arn for arn in arns(request) if arn not in kept]
    return response


def remove_certificates(request, upstream):
    response = upstream(request)
    if response.ok:
        kept = certificates.get((request.scope, request.form["ListenerArn"]), [])
        kept[:] = [arn for arn in kept if arn not in arns(request)]
    return response


def arns(request):
    return [
        value
        for key, value in request.form.items()
        if re.fullmatch(r"Certificates\.member\.\d+\.CertificateArn", key)
    ]


def describe_certificates(request, upstream):
    def patch(root):
        shown = root.find(".//{*}Certificates")
        for member in list(shown):
            if member.findtext("{*}IsDefault") != "true":
                shown.remove(member)
        for arn in certificates.get((request.scope, request.form["ListenerArn"]), []):
            entry = child(shown, "member")
            put(entry, "CertificateArn", arn)
            put(entry, "IsDefault", "false")

    return patched(upstream(request), patch)


def create_listener(request, upstream):
    response = upstream(request)
    if response.ok:
        keep_settings(request, xml.fromstring(response.body).findtext(".//{*}ListenerArn"))
    return response


def modify_listener(request, upstream):
    response = upstream(request)
    if response.ok:
        keep_settings(request, request.form["ListenerArn"])
    return response


def keep_settings(request, arn):
    kept = listeners.setdefault((request.scope, arn), {})
    if "MutualAuthentication.Mode" in request.form:
        # Replaced as a whole.
        for name in [name for name in kept if name.startswith("MutualAuthentication/")]:
            del kept[name]
    for name, value in request.form.items():
        if name == "AlpnPolicy.member.1":
            kept["AlpnPolicy/member"] = value
        elif name.startswith("MutualAuthentication."):
            kept[name.replace(".", "/")] = value


def describe_listeners(request, upstream):
    def patch(root):
        for listener in root.iterfind(".//{*}Listeners/{*}member"):
            # The default one alone shows here.
            for further in listener.findall("{*}Certificates/{*}member")[1:]:
                listener.find("{*}Certificates").remove(further)
            kept = listeners.get((request.scope, listener.findtext("{*}ListenerArn")), {})
            for path, value in kept.items():
                put(listener, path, value)

    return patched(upstream(request), patch)
