"""Tokens, by azure-identity where it works over plain http."""

import json
import urllib.error

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, ManagedIdentityCredential
from azure.mgmt.resource.resources import ResourceManagementClient

from conftest import CERTIFICATE, ENDPOINT, TENANT, ask


def test_app_service_managed_identity_credential(azure, monkeypatch):
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{ENDPOINT}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "judge")
    credential = ManagedIdentityCredential(connection_verify=CERTIFICATE or True)
    token = credential.get_token("https://management.azure.com/.default")
    answer = ask("GET", groups(azure), headers={"Authorization": f"Bearer {token.token}"})
    assert json.loads(answer) == {"value": []}


@pytest.mark.skipif(not CERTIFICATE, reason="azure-identity speaks to an authority over TLS only")
def test_client_secret_credential(azure):
    def client(secret):
        credential = ClientSecretCredential(
            TENANT, "me", secret, authority=ENDPOINT, disable_instance_discovery=True, connection_verify=CERTIFICATE
        )
        return ResourceManagementClient(
            credential,
            azure.subscription,
            base_url=ENDPOINT,
            credential_scopes=[f"{ENDPOINT}/.default"],
            connection_verify=CERTIFICATE,
        )

    assert list(client("right").resource_groups.list()) == []
    with pytest.raises(ClientAuthenticationError):
        list(client("wrong").resource_groups.list())


def groups(azure):
    return f"/subscriptions/{azure.subscription}/resourcegroups?api-version=2025-04-01"


@pytest.mark.parametrize(
    ("header", "expected"),
    [(None, "AuthenticationFailed"), ("Basic x", "AuthenticationFailed"), ("Bearer x", "InvalidAuthenticationToken")],
)
def test_without_a_token_nothing_is_told(azure, header, expected):
    with pytest.raises(urllib.error.HTTPError) as error:
        ask("GET", groups(azure), headers={"Authorization": header} if header else {})
    assert error.value.code == 401
    assert error.value.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")
    assert json.load(error.value)["error"]["code"] == expected


def test_a_token_expires(azure):
    path = "/msi/token?resource=https://management.azure.com/"
    ask("PUT", "/_emulator/settings", {"token_lifetime": 0})
    try:
        token = json.loads(ask("GET", path, headers={"X-IDENTITY-HEADER": "judge"}))
    finally:
        ask("PUT", "/_emulator/settings", {"token_lifetime": 3600})
    with pytest.raises(urllib.error.HTTPError) as error:
        ask("GET", groups(azure), headers={"Authorization": f"Bearer {token['access_token']}"})
    assert json.load(error.value)["error"]["code"] == "ExpiredAuthenticationToken"


def test_instance_metadata(azure):
    path = "/metadata/identity/oauth2/token?resource=https://management.azure.com/&api-version=2018-02-01"
    assert json.loads(ask("GET", path, headers={"Metadata": "true"}))["token_type"] == "Bearer"
    with pytest.raises(urllib.error.HTTPError) as error:
        ask("GET", path)
    assert error.value.code == 400


def test_the_cloud_describes_itself():
    (cloud,) = json.loads(ask("GET", "/metadata/endpoints?api-version=2022-09-01"))
    assert cloud["resourceManager"] == ENDPOINT
    assert cloud["authentication"]["loginEndpoint"] == ENDPOINT
