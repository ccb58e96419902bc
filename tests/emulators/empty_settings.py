"""What the emulators take for "not asked for", and is.

By the API references: PutImageScanningConfiguration of ECR without `scanOnPush`, which the SDKs leave out when it is
false, switches scanning off; UpdateSecret of Secrets Manager takes an empty description.
"""

import json

descriptions = {}


def answer(request, upstream):
    if request.target == "PutImageScanningConfiguration":
        asked = request.json
        asked["imageScanningConfiguration"].setdefault("scanOnPush", False)
        request.body = json.dumps(asked).encode()
        return upstream(request)
    if request.target == "UpdateSecret":
        return update_secret(request, upstream)
    if request.target == "DescribeSecret":
        return describe_secret(request, upstream)
    return upstream(request)


def update_secret(request, upstream):
    response = upstream(request)
    if response.ok and "Description" in request.json:
        descriptions[request.scope, response.json["Name"]] = request.json["Description"]
    return response


def describe_secret(request, upstream):
    response = upstream(request)
    if response.ok:
        kept = descriptions.get((request.scope, response.json["Name"]))
        if kept is not None:
            return response.with_json(response.json | {"Description": kept})
    return response
