"""Answers Service Quotas, which ministack has not and moto has with the defaults of some services alone.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html

Limits are those of a new account until a test sets one: `GET /_supplement/quota/ACCOUNT/CODE/LIMIT`, in every region. They are
told and not enforced. `GET /_supplement/quota/ACCOUNT/refused/0` refuses the questions of that account.
"""

import collections

from wire import Response

# What Service Quotas calls them, and the defaults that it documents.
QUOTAS = {
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", 5),
    ("elasticache", "L-DFE45DF3"): ("Nodes per Region", 300),
    ("elasticloadbalancing", "L-53DA6B97"): ("Application Load Balancers per Region", 50),
    ("elasticloadbalancing", "L-69A177A2"): ("Network Load Balancers per Region", 50),
    ("elasticloadbalancing", "L-B22855CB"): ("Target Groups per Region", 3000),
    ("rds", "L-48C6BF61"): ("DB subnet groups", 50),
    ("rds", "L-7ADDB58A"): ("Total storage for all DB instances", 100_000),
    ("rds", "L-7B6409FD"): ("DB instances", 40),
    ("rds", "L-DE55804A"): ("Parameter groups", 50),
    ("vpc", "L-A4707A72"): ("Internet gateways per Region", 5),
    ("vpc", "L-F678F1CE"): ("VPCs per Region", 5),
}

limits = collections.defaultdict(dict)


def limit(account, code, value):
    limits[account][code] = float(value)


def answer(request):
    if request.target != "GetServiceQuota":
        return Response.json_error("UnknownOperationException", f"{request.target} is not supplemented")
    account, region = request.scope
    service, code = request.json["ServiceCode"], request.json["QuotaCode"]
    arn = f"arn:aws:servicequotas:{region}:{account}:{service}/{code}"
    if "refused" in limits[account]:
        message = f"User: arn:aws:iam::{account}:user/somebody is not authorized to perform: servicequotas:GetServiceQuota on resource: {arn}"
        return Response.json_error("AccessDeniedException", message)
    if (service, code) not in QUOTAS:
        return Response.json_error("NoSuchResourceException", "The request failed because the specified quota does not exist.")
    name, default = QUOTAS[service, code]
    quota = {
        "ServiceCode": service,
        "QuotaArn": arn,
        "QuotaCode": code,
        "QuotaName": name,
        "Value": limits[account].get(code, float(default)),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }
    return Response.of_json({"Quota": quota})
