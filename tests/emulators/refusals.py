"""Refuses a write, or an operation, as AWS refuses what no policy allows.

`GET /_supplement/refuse/ACCOUNT/N` lets the Nth write in that account from now on fail, and no other. `GET
/_supplement/refused/ACCOUNT` tells which operation that was; null if there were not as many.

`GET /_supplement/forbid/ACCOUNT/OPERATION` lets every call of that operation in that account fail, a read too.
"""

import collections
import re
import threading

from wire import Response

READS = re.compile(r"(Describe|List|Get|BatchGet|Head|Simulate|AssumeRole)")

lock = threading.Lock()
left = {}
refused = {}
forbidden = collections.defaultdict(set)


def refuse(account, number):
    with lock:
        left[account] = number
        refused.pop(account, None)


def forbid(account, operation):
    forbidden[account].add(operation)


def answer(request):
    """The refusal, if it is this request's turn, or is always."""
    if name(request) in forbidden[request.account]:
        return refusal(request)
    if request.account not in left or not writes(request):
        return None
    with lock:
        left[request.account] -= 1
        if left[request.account] != 0:
            return None
        refused[request.account] = name(request)
    return refusal(request)


def name(request):
    return request.target or request.form.get("Action") or f"{request.service} {request.method} {request.path}"


def writes(request):
    operation = request.target or request.form.get("Action")
    if operation:
        return not READS.match(operation)
    return request.method not in ("GET", "HEAD")


def refusal(request):
    message = f"User is not authorized to perform {name(request)}"
    if request.target:
        return Response.json_error("AccessDeniedException", message)
    if request.service == "ec2":
        body = f"<Response><Errors>{error('UnauthorizedOperation', message)}</Errors></Response>"
    elif request.service == "s3":
        body = error("AccessDenied", message)
    else:
        body = f"<ErrorResponse>{error('AccessDenied', message)}</ErrorResponse>"
    return Response(403, [("Content-Type", "text/xml")], body.encode())


def error(code, message):
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
