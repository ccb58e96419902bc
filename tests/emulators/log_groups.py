"""Log groups by their names.

By the API reference of CloudWatch Logs (DescribeLogGroups): `logGroupIdentifiers` names the groups that are described, at
most 50. Both emulators describe all that there are.
"""

from wire import Response

AT_MOST = 50


def answer(request, upstream):
    names = request.json.get("logGroupIdentifiers")
    if request.target != "DescribeLogGroups" or not names:
        return upstream(request)
    if len(names) > AT_MOST:
        message = f"logGroupIdentifiers must have length less than or equal to {AT_MOST}"
        return Response.json_error("InvalidParameterException", message)
    found = []
    for name in names:
        answer = upstream(request.with_operation("DescribeLogGroups", {"logGroupNamePrefix": name}))
        if not answer.ok:
            return answer
        found += [group for group in answer.json["logGroups"] if group["logGroupName"] == name]
    return Response.of_json({"logGroups": found})
