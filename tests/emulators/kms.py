"""What KMS refuses and the emulators do not.

By the API reference of KMS (Encrypt, Decrypt): a key that is disabled does neither, which is `DisabledException` (moto
goes on); a key that is to be deleted neither, which is `KMSInvalidStateException`; a ciphertext of another key than the
one that the request names is `IncorrectKeyException` (moto says `AccessDeniedException`, ministack opens it to
garbage); and a ciphertext that was changed is `InvalidCiphertextException` (ministack opens it to garbage). What changes a key's
state takes its ARN too (moto fails).
"""

import json

from wire import Response

REFUSALS = {
    "Disabled": ("DisabledException", "{} is disabled."),
    "PendingDeletion": ("KMSInvalidStateException", "{} is pending deletion."),
}

# The key that made each ciphertext, as it is in requests and answers.
made = {}


def answer(request, upstream):
    if request.target in ("DisableKey", "EnableKey", "ScheduleKeyDeletion"):
        asked = request.json
        asked["KeyId"] = asked["KeyId"].rpartition("/")[2]
        request.body = json.dumps(asked).encode()
    if request.target not in ("Encrypt", "Decrypt"):
        return upstream(request)
    asked = request.json
    named = asked.get("KeyId") or made.get(asked.get("CiphertextBlob"))
    if named:
        described = upstream(request.with_operation("DescribeKey", {"KeyId": named}))
        if not described.ok:
            return described
        key = described.json["KeyMetadata"]
        if key["KeyState"] in REFUSALS:
            code, message = REFUSALS[key["KeyState"]]
            return Response.json_error(code, message.format(key["Arn"]))
        if request.target == "Decrypt":
            maker = made.get(asked["CiphertextBlob"])
            if maker is None:
                # As KMS says it: without a word.
                return Response.json_error("InvalidCiphertextException", None)
            if maker != key["Arn"]:
                message = "The key ID in the request does not identify a CMK that can perform this operation."
                return Response.json_error("IncorrectKeyException", message)
    response = upstream(request)
    if response.ok and request.target == "Encrypt":
        made[response.json["CiphertextBlob"]] = response.json["KeyId"]
    return response
