"""Answers IAM's policy simulator, which neither emulator has.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html

Whoever asks may do everything but what a test takes away, in one account and for the simulator alone:
- `GET /_supplement/deny/ACCOUNT/ACTION`: no policy allows the action any more. Taking `iam:SimulatePrincipalPolicy` away
  refuses the simulation itself.
- `GET /_supplement/allow/ACCOUNT/ACTION/RESOURCE`: a policy allows it again, on what matches the resource alone.
- `GET /_supplement/forbid/ACCOUNT/ACTION`: a policy denies the action on everything.

From the first of these on whoever asks is a user: to the emulators they are the root of the account, whom no policy limits.
"""

import collections
import fnmatch
from xml.sax.saxutils import escape

from wire import Response

ITSELF = "iam:SimulatePrincipalPolicy"

denied = collections.defaultdict(set)
forbidden = collections.defaultdict(set)
allowed = collections.defaultdict(list)


def deny(account, action):
    denied[account].add(action)


def allow(account, action, resource):
    allowed[account, action].append(resource)


def forbid(account, action):
    denied[account].add(action)
    forbidden[account].add(action)


def answer(request):
    """The answer, if it is the simulator that is asked, or who somebody is who may not do everything."""
    form = request.form
    if form.get("Action") == "GetCallerIdentity" and denied[request.account]:
        who = f"<Arn>arn:aws:iam::{request.account}:user/somebody</Arn><UserId>AIDASOMEBODY</UserId>"
        inside = f"<GetCallerIdentityResult>{who}<Account>{request.account}</Account></GetCallerIdentityResult>"
        return xml(200, f"<GetCallerIdentityResponse>{inside}</GetCallerIdentityResponse>")
    if form.get("Action") != "SimulatePrincipalPolicy":
        return None
    if ITSELF in denied[request.account]:
        message = f"User is not authorized to perform: {ITSELF}"
        error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
        return xml(403, f"<ErrorResponse>{error}</ErrorResponse>")
    resources = members(form, "ResourceArns") or ["*"]
    results = "".join(result(request.account, action, resources) for action in members(form, "ActionNames"))
    body = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
    inside = f"<SimulatePrincipalPolicyResult>{body}</SimulatePrincipalPolicyResult>"
    return xml(200, f"<SimulatePrincipalPolicyResponse>{inside}</SimulatePrincipalPolicyResponse>")


def members(form, name):
    """A list, in its order: Name.member.1, Name.member.2 …"""
    found = []
    while value := form.get(f"{name}.member.{len(found) + 1}"):
        found.append(value)
    return found


def decision(account, action, resource):
    """The star that is asked about is a resource like any other: only a pattern that is a star itself matches it."""
    if action in forbidden[account]:
        return "explicitDeny"
    patterns = allowed[account, action] if action in denied[account] else ["*"]
    allows = any(fnmatch.fnmatchcase(resource, pattern) for pattern in patterns)
    return "allowed" if allows else "implicitDeny"


def result(account, action, resources):
    decisions = [decision(account, action, resource) for resource in resources]
    of_each = "".join(
        f"<member><EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalResourceDecision>{decided}</EvalResourceDecision></member>"
        for resource, decided in zip(resources, decisions)
    )
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resources[0])}</EvalResourceName><EvalDecision>{decisions[0]}</EvalDecision>"
        f"<MissingContextValues/><ResourceSpecificResults>{of_each}</ResourceSpecificResults></member>"
    )


def xml(status, body):
    return Response(status, [("Content-Type", "text/xml")], body.encode())
