"""Refuses what a test wants refused.

`GET /_supplement/refuse/ACCOUNT/N` lets the Nth write in that account from now on fail, as AWS refuses what no policy allows,
and no other. `GET /_supplement/refused/ACCOUNT` tells which operation that was; null if there were not as many.

`GET /_supplement/fail/ACCOUNT/OPERATION/CODE/TIMES` lets the next so many calls of one operation in that account fail with that
code, such as `DependencyViolation`, or as AWS refuses what no policy allows, where it is `denied`; 0 lets them all through again.
"""

import re
import threading

from wire import Response

READS = re.compile(r"(Describe|List|Get|BatchGet|Head|Simulate|AssumeRole)")

lock = threading.Lock()
left = {}
refused = {}
failing = {}


def refuse(account, number):
    with lock:
        left[account] = number
        refused.pop(account, None)


def fail(account, operation, code, times):
    with lock:
        failing[(account, operation)] = [times, code]


def fails(request):
    """The code that this request is to fail with, if it is."""
    operation = (request.target or request.form.get("Action") or "").rpartition(".")[2]
    with lock:
        found = failing.get((request.account, operation))
        if not found or found[0] == 0:
            return None
        found[0] -= 1
        return found[1]


def answer(request):
    """The refusal, if it is this request's turn."""
    if failing and (code := fails(request)):
        if code == "denied":
            return refusal(request)
        return refusal(request, code, f"{name(request)} was to fail with {code}")
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


def refusal(request, code=None, message=None):
    message = message or f"User is not authorized to perform {name(request)}"
    if request.target:
        return Response.json_error(code or "AccessDeniedException", message)
    if request.service == "ec2":
        body = f"<Response><Errors>{error(code or 'UnauthorizedOperation', message)}</Errors></Response>"
    elif request.service == "s3":
        body = error(code or "AccessDenied", message)
    else:
        body = f"<ErrorResponse>{error(code or 'AccessDenied', message)}</ErrorResponse>"
    return Response(400 if code else 403, [("Content-Type", "text/xml")], body.encode())


def error(code, message):
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
