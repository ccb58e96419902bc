"""Asks the double of AWS's list of prices with AWS's own client, page by page, and writes what it found as JSON.

    judge.py ENDPOINT SERVICE NAME=VALUE…
"""

import json
import sys

import boto3

endpoint, service, *filters = sys.argv[1:]
client = boto3.client(
    "pricing",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="AKIDEXAMPLE",
    aws_secret_access_key="secret",
)
filters = [dict(zip(("Field", "Value"), text.split("=", 1)), Type="TERM_MATCH") for text in filters]
pages = client.get_paginator("get_products").paginate(
    ServiceCode=service, Filters=filters, FormatVersion="aws_v1"
)
found = [json.loads(product) for page in pages for product in page["PriceList"]]
print(json.dumps([product["product"]["attributes"]["usagetype"] for product in found]))
