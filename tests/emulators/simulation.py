"""Answers IAM's policy simulator, which neither emulator has.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html

Whoever asks may do everything but what a test takes away: `GET /_supplement/deny/ACCOUNT/ACTION` takes an action away in that
account, for the simulator alone. Taking `iam:SimulatePrincipalPolicy` away refuses the simulation itself. From then on whoever
asks is a user: to the emulators they are the root of the account, whom no policy limits.
"""

import collections
from xml.sax.saxutils import escape

from wire import Response

ITSELF = "iam:SimulatePrincipalPolicy"

denied = collections.defaultdict(set)


def deny(account, action):
    denied[account].add(action)


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


def result(account, action, resources):
    decision = "implicitDeny" if action in denied[account] else "allowed"
    of_each = "".join(
        f"<member><EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalResourceDecision>{decision}</EvalResourceDecision></member>"
        for resource in resources
    )
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resources[0])}</EvalResourceName><EvalDecision>{decision}</EvalDecision>"
        f"<MissingContextValues/><ResourceSpecificResults>{of_each}</ResourceSpecificResults></member>"
    )


def xml(status, body):
    return Response(status, [("Content-Type", "text/xml")], body.encode())
