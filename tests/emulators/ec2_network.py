"""What neither emulator keeps of subnets, NAT gateways and route table associations.

By the EC2 API reference: ModifySubnetAttribute's DNS settings and the state of an IPv6 range show in DescribeSubnets;
a NAT gateway shows its connectivity type, and more addresses than its first (CreateNatGateway,
AssociateNatGatewayAddress and its kin); DescribeRouteTables filters by `association.gateway-id`.
"""

import random
import re
import xml.etree.ElementTree as xml

from answers import child, numbered, patched, put
from wire import Response

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"

# Where each setting shows, and what it is when it was never set.
SUBNET_SETTINGS = {
    "EnableDns64.Value": ("enableDns64", "false"),
    "PrivateDnsHostnameTypeOnLaunch": ("privateDnsNameOptionsOnLaunch/hostnameType", "ip-name"),
    "EnableResourceNameDnsAAAARecordOnLaunch.Value": (
        "privateDnsNameOptionsOnLaunch/enableResourceNameDnsAAAARecord",
        "false",
    ),
}

subnets = {}
nat_gateways = {}


def answer(request, upstream):
    known = {
        "ModifySubnetAttribute": modify_subnet,
        "DescribeSubnets": describe_subnets,
        "CreateNatGateway": create_nat_gateway,
        "DescribeNatGateways": describe_nat_gateways,
        "AssociateNatGatewayAddress": add_addresses,
        "AssignPrivateNatGatewayAddress": add_addresses,
        "DisassociateNatGatewayAddress": remove_addresses,
        "UnassignPrivateNatGatewayAddress": remove_addresses,
        "DescribeRouteTables": describe_route_tables,
    }
    operation = known.get(request.form.get("Action")) if request.method == "POST" else None
    return operation(request, upstream) if operation else upstream(request)


def modify_subnet(request, upstream):
    response = upstream(request)
    if response.ok:
        kept = subnets.setdefault((request.scope, request.form["SubnetId"]), {})
        kept.update((name, value) for name, value in request.form.items() if name in SUBNET_SETTINGS)
    return response


def describe_subnets(request, upstream):
    def patch(root):
        for item in root.iterfind("{*}subnetSet/{*}item"):
            kept = subnets.get((request.scope, item.findtext("{*}subnetId")), {})
            for name, (path, default) in SUBNET_SETTINGS.items():
                put(item, path, kept.get(name, default))
            for state in item.iterfind("{*}ipv6CidrBlockAssociationSet//{*}state"):
                # moto shows the text of a Python dictionary.
                state.text = re.sub(r"\{'State': '(.*)'\}", r"\1", state.text)

    return patched(upstream(request), patch)


def create_nat_gateway(request, upstream):
    response = upstream(request)
    if response.ok:
        nat_id = xml.fromstring(response.body).findtext("{*}natGateway/{*}natGatewayId")
        nat_gateways[request.scope, nat_id] = {
            "connectivity": request.form.get("ConnectivityType", "public"),
            "allocation": request.form.get("AllocationId"),
            "addresses": addresses(request, "SecondaryAllocationId", "SecondaryPrivateIpAddress"),
        }
    return response


def describe_nat_gateways(request, upstream):
    def patch(root):
        for item in root.iterfind("{*}natGatewaySet/{*}item"):
            kept = nat_gateways.get((request.scope, item.findtext("{*}natGatewayId")))
            if kept is None:
                continue
            put(item, "connectivityType", kept["connectivity"])
            shown = put(item, "natGatewayAddressSet")
            if kept["allocation"] and not len(shown):
                # ministack shows no addresses at all.
                put(child(shown, "item"), "allocationId", kept["allocation"])
            for first in shown:
                put(first, "isPrimary", "true")
                put(first, "status", "succeeded")
            for address in kept["addresses"]:
                entry = child(shown, "item")
                for name, value in address.items():
                    put(entry, name, value)

    return patched(upstream(request), patch)


def add_addresses(request, _):
    kept = nat_gateways.get((request.scope, request.form["NatGatewayId"]))
    if kept is None:
        return not_found(request)
    kept["addresses"] += addresses(request, "AllocationId", "PrivateIpAddress")
    return done(request)


def remove_addresses(request, _):
    kept = nat_gateways.get((request.scope, request.form["NatGatewayId"]))
    if kept is None:
        return not_found(request)
    going = numbered(request, "AssociationId") + numbered(request, "PrivateIpAddress")
    kept["addresses"] = [
        address
        for address in kept["addresses"]
        if address.get("associationId") not in going and address["privateIp"] not in going
    ]
    return done(request)


def describe_route_tables(request, upstream):
    # moto's filter by subnet compares with gateways as well, and it has no other.
    request.body = request.body.replace(b"association.gateway-id", b"association.subnet-id")
    return upstream(request)


def addresses(request, allocations, private_ips):
    """New secondary addresses, by elastic IP where the gateway is public."""
    ips = numbered(request, private_ips)
    made = []
    for position, allocation in enumerate(numbered(request, allocations)):
        ip = ips[position] if position < len(ips) else f"10.255.{random.randrange(256)}.{random.randrange(256)}"
        association = f"eipassoc-{random.getrandbits(68):017x}"
        made.append({"allocationId": allocation, "associationId": association, "privateIp": ip})
    made = made or [{"privateIp": ip} for ip in ips]
    return [address | {"isPrimary": "false", "status": "succeeded"} for address in made]


def done(request):
    operation = request.form["Action"]
    nat_id = request.form["NatGatewayId"]
    body = f'<{operation}Response xmlns="{NAMESPACE}"><natGatewayId>{nat_id}</natGatewayId></{operation}Response>'
    return Response(200, [("Content-Type", "text/xml")], body.encode())


def not_found(request):
    body = (
        "<Response><Errors><Error><Code>NatGatewayNotFound</Code>"
        f"<Message>The Nat Gateway {request.form['NatGatewayId']} was not found</Message></Error></Errors></Response>"
    )
    return Response(400, [("Content-Type", "text/xml")], body.encode())
