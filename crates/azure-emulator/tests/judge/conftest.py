"""Microsoft's own clients, pointed at the emulator whose URL is in AZURE_EMULATOR."""

import functools
import json
import os
import ssl
import urllib.parse
import urllib.request
import uuid

import pytest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.appcontainers import ContainerAppsAPIClient
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.loganalytics import LogAnalyticsManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.postgresqlflexibleservers import PostgreSQLManagementClient
from azure.mgmt.privatedns import PrivateDnsManagementClient
from azure.mgmt.redisenterprise import RedisEnterpriseManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.storage import StorageManagementClient

ENDPOINT = os.environ["AZURE_EMULATOR"]
# Over TLS this is the file with its certificate.
CERTIFICATE = os.environ.get("AZURE_EMULATOR_CERTIFICATE")
LOCATION = "westus"
TENANT = "7e000000-0000-4000-8000-000000000001"


def ask(method, path, body=None, headers=None):
    """A request without any client; the text of its answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ENDPOINT + path, data, headers or {}, method=method)
    context = ssl.create_default_context(cafile=CERTIFICATE) if CERTIFICATE else None
    with urllib.request.urlopen(request, context=context) as answer:
        return answer.read()


class Control:
    """The control API of the emulator, for one subscription."""

    def __init__(self, subscription):
        self.subscription = subscription

    def __call__(self, method, what, body=None, **query):
        query.setdefault("subscription", self.subscription)
        text = ask(method, f"/_emulator/{what}?{urllib.parse.urlencode(query)}", body)
        return json.loads(text) if text else None

    def settings(self, **settings):
        self("PUT", "settings", settings)

    def faults(self, *faults):
        self("PUT", "faults", list(faults))


class BearerToken(SansIOHTTPPolicy):
    """Puts the token on each request: the SDK's own policy refuses to over http."""

    def __init__(self):
        super().__init__()
        path = "/msi/token?resource=https://management.azure.com/&api-version=2019-08-01"
        self.value = json.loads(ask("GET", path, headers={"X-IDENTITY-HEADER": "judge"}))["access_token"]

    def on_request(self, request):
        request.http_request.headers["Authorization"] = f"Bearer {self.value}"


class NoCredential:
    """What clients insist on being given; the policy above is what is used."""

    def get_token(self, *scopes, **options):
        raise AssertionError("the authentication policy has the token")


@functools.cache
def bearer():
    return BearerToken()


class Azure:
    """The clients of one subscription, which is nobody else's."""

    CLIENTS = {
        "app": ContainerAppsAPIClient,
        "authorization": AuthorizationManagementClient,
        "registry": ContainerRegistryManagementClient,
        "vault": KeyVaultManagementClient,
        "logs": LogAnalyticsManagementClient,
        "identity": ManagedServiceIdentityClient,
        "network": NetworkManagementClient,
        "postgres": PostgreSQLManagementClient,
        "dns": PrivateDnsManagementClient,
        "redis": RedisEnterpriseManagementClient,
        "resources": ResourceManagementClient,
        "storage": StorageManagementClient,
    }

    def __init__(self):
        self.subscription = str(uuid.uuid4())
        self.control = Control(self.subscription)
        self.control.settings(retry_after=False)
        self.options = {
            "base_url": ENDPOINT,
            "credential_scopes": [f"{ENDPOINT}/.default"],
            "authentication_policy": bearer(),
            "polling_interval": 0,
            "retry_total": 0,
        }
        if CERTIFICATE:
            self.options["connection_verify"] = CERTIFICATE

    def __getattr__(self, name):
        if name not in self.CLIENTS:
            raise AttributeError(name)
        client = self.CLIENTS[name](NoCredential(), self.subscription, **self.options)
        setattr(self, name, client)
        return client

    @functools.cached_property
    def subscriptions(self):
        return SubscriptionClient(NoCredential(), **self.options)

    @functools.cached_property
    def group(self):
        self.resources.resource_groups.create_or_update("group", {"location": LOCATION})
        return "group"

    def id(self, path):
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{path}"

    def raw(self, method, path, body=None, **headers):
        """A request with a token and nothing else of a client."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"Authorization": f"Bearer {bearer().value}", "Content-Type": "application/json"}
        text = ask(method, path, body, headers)
        return json.loads(text) if text else None


@pytest.fixture
def azure():
    azure = Azure()
    yield azure
    # What GET answers must be what the published models say, whatever a test did.
    assert azure.control("GET", "violations") == []


def code(error):
    """The code of a refusal."""
    return error.value.error.code


def unique(prefix):
    """A name that nobody in the world has."""
    return prefix + uuid.uuid4().hex[:10]


def pytest_addoption(parser):
    parser.addoption("--kept", action="store_true", help="the emulator keeps what exists in a folder")
