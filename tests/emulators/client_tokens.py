"""A repeated client token returns the first answer and makes nothing new.

Neither emulator does this for NAT gateways, and each fails it elsewhere. By AWS's documentation ("Ensuring
idempotency in Amazon EC2 API requests"; ECS RunTask and CreateService; ACM RequestCertificate): the same token with
the same parameters succeeds without doing anything further; with other parameters it is an error. As on AWS, the
answer outlives the object: a token is not to be used again for a second object.
"""

import json
import threading
from collections import defaultdict
from xml.sax.saxutils import escape

from wire import Response

# Where each service keeps its token. EC2's form is the same for all its operations.
TOKEN_FIELDS = {"ec2": "ClientToken", "ecs": "clientToken", "acm": "IdempotencyToken"}

answers = {}
locks = defaultdict(threading.Lock)


def answer(request, upstream):
    field = TOKEN_FIELDS.get(request.service)
    if field is None or request.method != "POST":
        return upstream(request)
    if request.service == "ec2":
        parameters = request.form
        operation = parameters.get("Action", "")
    else:
        parameters = request.json
        operation = request.target
    token = parameters.pop(field, None)
    if not token:
        return upstream(request)
    key = (request.scope, request.service, operation, token)
    parameters = json.dumps(parameters, sort_keys=True)
    with locks[key]:
        if key in answers:
            first, response = answers[key]
            return response if first == parameters else mismatch(request, operation)
        response = upstream(request)
        # A failed request made nothing, so the next one with its token is a first one.
        if response.ok:
            answers[key] = (parameters, response)
        return response


def mismatch(request, operation):
    message = "The token was used before with different parameters."
    if request.service == "ec2":
        body = (
            "<Response><Errors><Error><Code>IdempotentParameterMismatch</Code>"
            f"<Message>{escape(message)}</Message></Error></Errors><RequestID>supplement</RequestID></Response>"
        )
        return Response(400, [("Content-Type", "text/xml")], body.encode())
    if request.service == "ecs":
        code = "ConflictException" if operation == "RunTask" else "InvalidParameterException"
        return Response.json_error(code, message)
    return Response.json_error("InvalidParameterException", message)
