"""Microsoft's own clients, pointed at the emulator whose URL is in AZURE_EMULATOR."""

import json
import os
import urllib.request
import uuid

import pytest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient

ENDPOINT = os.environ["AZURE_EMULATOR"]
LOCATION = "westus"
TAGS = {"purpose": "judge"}


class Control:
    """The control API of the emulator."""

    def __init__(self, subscription=None):
        self.subscription = subscription

    def __call__(self, method, what, body=None, **query):
        if self.subscription:
            query.setdefault("subscription", self.subscription)
        address = f"{ENDPOINT}/_emulator/{what}?{urllib.parse.urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(address, data, method=method)) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def settings(self, **settings):
        self("PUT", "settings", settings)

    def faults(self, *faults):
        self("PUT", "faults", faults)


def token():
    """A token as a managed identity gets it."""
    address = f"{ENDPOINT}/msi/token?resource=https://management.azure.com/&api-version=2019-08-01"
    request = urllib.request.Request(address, headers={"X-IDENTITY-HEADER": "judge"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["access_token"]


class BearerToken(SansIOHTTPPolicy):
    """Puts the token on each request: the SDK's own policy refuses to over http."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def on_request(self, request):
        request.http_request.headers["Authorization"] = f"Bearer {self.value}"


class NoCredential:
    """What clients insist on being given; the policy above is what is used."""

    def get_token(self, *scopes, **options):
        raise AssertionError("the authentication policy has the token")


@pytest.fixture(scope="session")
def bearer():
    return BearerToken(token())


class Azure:
    """The clients of one subscription, which is nobody else's."""

    def __init__(self, bearer):
        self.bearer = bearer
        self.subscription = str(uuid.uuid4())
        self.control = Control(self.subscription)
        self.control.settings(retry_after=False)

    def client(self, kind, **options):
        return kind(
            NoCredential(),
            self.subscription,
            base_url=ENDPOINT,
            credential_scopes=[f"{ENDPOINT}/.default"],
            authentication_policy=self.bearer,
            polling_interval=0,
            retry_total=0,
            **options,
        )

    @property
    def resources(self):
        return self.client(ResourceManagementClient)

    @property
    def network(self):
        return self.client(NetworkManagementClient)

    @property
    def identities(self):
        return self.client(ManagedServiceIdentityClient)

    def group(self, name="group"):
        self.resources.resource_groups.create_or_update(name, {"location": LOCATION})
        return name


@pytest.fixture
def azure(bearer):
    return Azure(bearer)
