"""What is left in a subscription, seen by a client that is not ours: prints it, and exits with 1 when there is anything.

Reads the emulator's address, the subscription and the identity from the variables that `stack` reads. What Azure keeps of
deleted objects, such as the names of vaults, does not count.
"""

import os
import sys

from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.identity import ManagedIdentityCredential
from azure.mgmt.resource.resources import ResourceManagementClient

SCOPE = "https://management.azure.com/.default"


class Bearer(SansIOHTTPPolicy):
    """The SDK's own policy puts no token on what goes out over http."""

    def __init__(self):
        self.credential = ManagedIdentityCredential()

    def on_request(self, request):
        token = self.credential.get_token(SCOPE).token
        request.http_request.headers["Authorization"] = f"Bearer {token}"


def main():
    bearer = Bearer()
    client = ResourceManagementClient(
        bearer.credential,
        os.environ["AZURE_SUBSCRIPTION_ID"],
        base_url=os.environ["STACK_AZURE_ENDPOINT"],
        credential_scopes=[SCOPE],
        authentication_policy=bearer,
    )
    left = [group.id for group in client.resource_groups.list()]
    left += [resource.id for resource in client.resources.list()]
    print("\n".join(sorted(left)) or "nothing is left")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
