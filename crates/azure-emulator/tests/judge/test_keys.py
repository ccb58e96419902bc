"""Keys of vaults, by Microsoft's own clients for them: at the vault's own name, with the connection led to the emulator."""

import base64
import json
import time
import urllib.error
import urllib.parse
import uuid
from datetime import datetime, timedelta, timezone

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.keyvault.keys import KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, EncryptionAlgorithm, KeyWrapAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from conftest import CERTIFICATE, ENDPOINT, ask, unique
from kinds import done, vault, vault_body

OFFICER = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
WRAPPER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
AUDIENCE = "https://vault.azure.net"
VERSION = "api-version=7.4"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class Led(requests.adapters.HTTPAdapter):
    """Leads a vault's connections to the emulator, as a name server would."""

    def send(self, request, **options):
        url = urllib.parse.urlsplit(request.url)
        request.headers["Host"] = url.netloc
        request.url = ENDPOINT + urllib.parse.urlunsplit(("", "", url.path, url.query, ""))
        return super().send(request, **options)


def token(principal, resource=AUDIENCE):
    path = f"/msi/token?resource={urllib.parse.quote(resource)}&client_id={principal}"
    return json.loads(ask("GET", path, headers={"X-IDENTITY-HEADER": "judge"}))["access_token"]


class Somebody:
    """A credential that asks for what the challenge said."""

    def __init__(self, principal):
        self.principal = principal
        self.scopes = []

    def get_token(self, *scopes, **options):
        self.scopes += scopes
        resource = scopes[0].removesuffix("/.default")
        return AccessToken(token(self.principal, resource), int(time.time()) + 3600)


class Vault:
    """A vault of its own, as one principal, who gets a role."""

    def __init__(self, azure, role=OFFICER, name=None, principal=None, **properties):
        self.azure = azure
        self.name = name or unique("v")
        done(azure.vault.vaults.begin_create_or_update(azure.group, self.name, vault_body(**properties)))
        self.scope = azure.id(f"Microsoft.KeyVault/vaults/{self.name}")
        self.principal = principal or str(uuid.uuid4())
        self.credential = Somebody(self.principal)
        if role:
            self.assign(role)
        session = requests.Session()
        session.mount("https://", Led())
        transport = RequestsTransport(session=session, session_owner=False, connection_verify=CERTIFICATE or True)
        self.options = {"credential": self.credential, "transport": transport, "retry_total": 0}
        self.keys = KeyClient(f"https://{self.name}.vault.azure.net", **self.options)

    def assign(self, role):
        definition = f"{self.scope}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        body = {"properties": {"roleDefinitionId": definition, "principalId": self.principal}}
        self.azure.authorization.role_assignments.create(self.scope, str(uuid.uuid4()), body)

    def crypto(self, key):
        return CryptographyClient(key, **self.options)

    def use(self, key, operation, value, algorithm="RSA-OAEP-256"):
        """Uses a key in the vault: the client does at home what the public half is enough for."""
        path = f"https://{self.name}.vault.azure.net/keys/{key}/{operation}?{VERSION}"
        request = HttpRequest("POST", path, json={"alg": algorithm, "value": text(value)})
        answer = self.keys.send_request(request)
        answer.raise_for_status()
        return answer.json()


def text(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def value(written):
    return base64.urlsafe_b64decode(written + "==")


@pytest.fixture
def keys(azure):
    return Vault(azure)


def refusal(error):
    told = json.loads(error.value.response.text())["error"]
    return error.value.status_code, told["code"], told.get("innererror", {}).get("code")


def test_a_key_comes_back_and_wraps(keys):
    made = keys.keys.create_rsa_key("state", tags={"a": "b"})
    assert keys.credential.scopes[0] == f"{AUDIENCE}/.default"
    assert made.id == f"https://{keys.name}.vault.azure.net/keys/state/{made.properties.version}"
    assert (made.key_type, len(made.key.n), made.key.e) == ("RSA", 256, b"\x01\x00\x01")
    assert set(made.key_operations) == {"encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"}
    read = keys.keys.get_key("state")
    assert (read.id, read.properties.tags, read.properties.enabled) == (made.id, {"a": "b"}, True)
    assert (read.properties.recovery_level, read.properties.recoverable_days) == ("Recoverable+Purgeable", 90)

    # Wrapped at home by the client, and by the service; both are opened by the service.
    crypto = keys.crypto(made)
    at_home = crypto.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"secret").encrypted_key
    wrapped = keys.use("state", "wrapkey", b"secret")
    assert wrapped["kid"] == made.id
    for sealed in (at_home, value(wrapped["value"])):
        assert crypto.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, sealed).key == b"secret"
        assert keys.use(f"state/{made.properties.version}", "unwrapkey", sealed)["value"] == text(b"secret")
    assert value(wrapped["value"]) != at_home
    sealed = crypto.encrypt(EncryptionAlgorithm.rsa_oaep_256, b"secret").ciphertext
    assert crypto.decrypt(EncryptionAlgorithm.rsa_oaep_256, sealed).plaintext == b"secret"


def test_what_is_told_of_a_key_is_its_public_half(keys):
    made = keys.keys.create_rsa_key("state", size=3072)
    number = lambda digits: int.from_bytes(digits, "big")
    public = rsa.RSAPublicNumbers(number(made.key.e), number(made.key.n)).public_key()
    assert public.key_size == 3072
    sealed = public.encrypt(b"secret", OAEP)
    assert keys.use("state", "unwrapkey", sealed)["value"] == text(b"secret")
    assert not made.key.d and not made.key.p


def test_a_key_that_was_rotated_still_opens_what_it_wrapped(keys):
    first = keys.keys.create_rsa_key("state", hardware_protected=False)
    wrapped = keys.use("state", "wrapkey", b"secret")
    second = keys.keys.rotate_key("state")
    third = keys.keys.create_rsa_key("state")
    assert len({first.id, second.id, third.id}) == 3
    assert keys.keys.get_key("state").id == third.id
    assert keys.keys.get_key("state", first.properties.version).id == first.id
    assert keys.use("state", "wrapkey", b"secret")["kid"] == third.id
    versions = {one.id for one in keys.keys.list_properties_of_key_versions("state")}
    assert versions == {first.id, second.id, third.id}
    assert [one.name for one in keys.keys.list_properties_of_keys()] == ["state"]
    sealed = value(wrapped["value"])
    assert keys.crypto(first).unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, sealed).key == b"secret"
    with pytest.raises(HttpResponseError) as error:
        keys.use("state", "unwrapkey", sealed)
    assert refusal(error) == (400, "BadParameter", None)


def test_lists_have_pages(keys):
    names = {f"key-{number}" for number in range(5)}
    for name in names:
        keys.keys.create_ec_key(name)
    pages = list(keys.keys.list_properties_of_keys(max_page_size=2).by_page())
    assert len([list(page) for page in pages]) == 3
    assert {one.name for one in keys.keys.list_properties_of_keys(max_page_size=2)} == names


def test_a_disabled_key_is_of_no_use(keys):
    made = keys.keys.create_rsa_key("state")
    sealed = value(keys.use("state", "wrapkey", b"secret")["value"])
    assert keys.keys.update_key_properties("state", enabled=False).properties.enabled is False
    for operation, what in (("wrapkey", b"secret"), ("unwrapkey", sealed)):
        with pytest.raises(HttpResponseError) as error:
            keys.use("state", operation, what)
        assert refusal(error) == (403, "Forbidden", "KeyDisabled")
    with pytest.raises(HttpResponseError) as error:
        keys.keys.get_key("state")
    assert refusal(error) == (403, "Forbidden", "KeyDisabled")
    keys.keys.update_key_properties("state", made.properties.version, enabled=True)
    assert keys.use("state", "unwrapkey", sealed)["value"] == text(b"secret")


def test_a_key_has_its_time_and_its_uses(keys):
    now = datetime.now(timezone.utc)
    keys.keys.create_rsa_key("state")
    sealed = value(keys.use("state", "wrapkey", b"secret")["value"])
    for dates, inner in (
        ({"expires_on": now - timedelta(hours=1)}, "KeyExpired"),
        ({"not_before": now + timedelta(hours=1)}, "KeyNotYetValid"),
    ):
        keys.keys.create_rsa_key(inner, **dates)
        with pytest.raises(HttpResponseError) as error:
            keys.use(inner, "wrapkey", b"secret")
        assert refusal(error) == (403, "Forbidden", inner)
    # What was sealed in time can still be opened.
    keys.keys.update_key_properties("state", expires_on=now - timedelta(hours=1))
    assert keys.use("state", "unwrapkey", sealed)["value"] == text(b"secret")
    keys.keys.update_key_properties("state", key_operations=["wrapKey"])
    with pytest.raises(HttpResponseError) as error:
        keys.use("state", "unwrapkey", sealed)
    assert refusal(error) == (403, "Forbidden", "KeyOperationForbidden")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kty": "oct"},
        {"kty": "RSA", "key_size": 1024},
        {"kty": "EC", "crv": "P-1"},
        {"kty": "EC", "key_ops": ["wrapKey"]},
    ],
)
def test_what_a_key_cannot_be(keys, body):
    request = HttpRequest("POST", f"https://{keys.name}.vault.azure.net/keys/k/create?{VERSION}", json=body)
    answer = keys.keys.send_request(request)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")


def test_what_a_key_cannot_do(keys):
    curve = keys.keys.create_ec_key("curve", curve="P-384")
    assert (curve.key.crv, len(curve.key.x), curve.key_operations) == ("P-384", 48, ["sign", "verify"])
    keys.keys.create_rsa_key("state")
    for key, operation, what, algorithm in (
        ("curve", "wrapkey", b"secret", "RSA-OAEP-256"),
        ("state", "wrapkey", b"secret", "A256KW"),
        ("state", "wrapkey", b"x" * 191, "RSA-OAEP-256"),
        ("state", "unwrapkey", b"x" * 256, "RSA-OAEP-256"),
    ):
        with pytest.raises(HttpResponseError) as error:
            keys.use(key, operation, what, algorithm)
        assert refusal(error) == (400, "BadParameter", None)
    for key in ("none", "state/0123456789abcdef0123456789abcdef"):
        with pytest.raises(HttpResponseError) as error:
            keys.use(key, "wrapkey", b"secret")
        assert refusal(error) == (404, "KeyNotFound", None)


def test_a_deleted_key_can_be_recovered_until_it_is_purged(keys):
    made = keys.keys.create_rsa_key("state")
    sealed = value(keys.use("state", "wrapkey", b"secret")["value"])
    deleted = keys.keys.begin_delete_key("state").result()
    assert deleted.recovery_id == f"https://{keys.name}.vault.azure.net/deletedkeys/state"
    assert deleted.scheduled_purge_date - deleted.deleted_date == timedelta(days=90)
    with pytest.raises(HttpResponseError) as error:
        keys.use("state", "unwrapkey", sealed)
    assert refusal(error) == (404, "KeyNotFound", None)
    assert list(keys.keys.list_properties_of_keys()) == []
    assert [one.name for one in keys.keys.list_deleted_keys()] == ["state"]
    with pytest.raises(ResourceExistsError) as error:
        keys.keys.create_rsa_key("state")
    assert refusal(error) == (409, "Conflict", "ObjectIsDeletedButRecoverable")
    assert keys.keys.begin_recover_deleted_key("state").result().id == made.id
    assert keys.use("state", "unwrapkey", sealed)["value"] == text(b"secret")
    keys.keys.begin_delete_key("state").result()
    keys.keys.purge_deleted_key("state")
    with pytest.raises(ResourceNotFoundError):
        keys.keys.get_deleted_key("state")
    assert keys.keys.create_rsa_key("state").id != made.id


def test_what_is_protected_is_not_purged(azure):
    keys = Vault(azure, enablePurgeProtection=True, softDeleteRetentionInDays=7)
    made = keys.keys.create_ec_key("state")
    assert made.properties.recovery_level == "CustomizedRecoverable"
    keys.keys.begin_delete_key("state").result()
    with pytest.raises(HttpResponseError) as error:
        keys.keys.purge_deleted_key("state")
    assert error.value.status_code == 403


def test_keys_go_with_their_vault_and_come_back_with_it(azure, keys):
    made = keys.keys.create_ec_key("state")
    azure.vault.vaults.delete(azure.group, keys.name)
    with pytest.raises(ResourceNotFoundError) as error:
        keys.keys.get_key("state")
    assert refusal(error)[1] == "VaultNotFound"
    body = vault_body(createMode="recover")
    done(azure.vault.vaults.begin_create_or_update(azure.group, keys.name, body))
    # What is assigned on a vault goes with it.
    keys.assign(OFFICER)
    assert keys.keys.get_key("state").id == made.id
    azure.vault.vaults.delete(azure.group, keys.name)
    done(azure.vault.vaults.begin_purge_deleted(keys.name, "westus"))
    done(azure.vault.vaults.begin_create_or_update(azure.group, keys.name, vault_body()))
    keys.assign(OFFICER)
    assert list(keys.keys.list_properties_of_keys()) == []


def test_who_has_no_role_is_refused(azure):
    keys = Vault(azure, role=None)
    with pytest.raises(HttpResponseError) as error:
        keys.keys.create_rsa_key("state")
    assert refusal(error) == (403, "Forbidden", "ForbiddenByRbac")
    assert "Microsoft.KeyVault/vaults/keys/create/action" in error.value.message
    keys.assign(WRAPPER)
    with pytest.raises(HttpResponseError) as error:
        keys.use("state", "wrapkey", b"secret")
    assert refusal(error) == (404, "KeyNotFound", None)
    with pytest.raises(HttpResponseError) as error:
        keys.use("state", "encrypt", b"secret")
    assert refusal(error) == (403, "Forbidden", "ForbiddenByRbac")


def test_access_policies(azure):
    keys = Vault(azure, role=None, enableRbacAuthorization=False, accessPolicies=[])
    with pytest.raises(HttpResponseError) as error:
        keys.keys.create_rsa_key("state")
    assert refusal(error) == (403, "Forbidden", "ForbiddenByPolicy")
    assert "does not have keys create permission" in error.value.message
    policy = {
        "tenantId": azure.vault.vaults.get(azure.group, keys.name).properties.tenant_id,
        "objectId": keys.principal,
        "permissions": {"keys": ["create", "wrapKey"]},
    }
    body = vault_body(enableRbacAuthorization=False, accessPolicies=[policy])
    done(azure.vault.vaults.begin_create_or_update(azure.group, keys.name, body))
    keys.keys.create_rsa_key("state")
    keys.use("state", "wrapkey", b"secret")
    with pytest.raises(HttpResponseError) as error:
        keys.use("state", "unwrapkey", b"secret")
    assert refusal(error) == (403, "Forbidden", "ForbiddenByPolicy")


@pytest.mark.parametrize(
    ("properties", "inner"),
    [
        ({"publicNetworkAccess": "Disabled"}, "ForbiddenByConnection"),
        ({"networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"}}, "ForbiddenByFirewall"),
    ],
)
def test_networks_that_are_not_let_in(azure, properties, inner):
    keys = Vault(azure, **properties)
    with pytest.raises(HttpResponseError) as error:
        keys.keys.get_key("state")
    assert refusal(error) == (403, "Forbidden", inner)


def test_faults_and_throttling_meet_vaults_too(azure, keys):
    keys.keys.create_rsa_key("state")
    denied = {"status": 403, "code": "Forbidden", "inner": "KeyDisabled", "message": "no"}
    azure.control.faults({"type": "Microsoft.KeyVault/vaults/keys", "path": "wrapkey", "answer": denied})
    with pytest.raises(HttpResponseError) as error:
        keys.use("state", "wrapkey", b"secret")
    assert refusal(error) == (403, "Forbidden", "KeyDisabled")
    azure.control.settings(throttle_next=1)
    with pytest.raises(HttpResponseError) as error:
        keys.use("state", "wrapkey", b"secret")
    assert error.value.status_code == 429 and error.value.response.headers["Retry-After"]
    keys.use("state", "wrapkey", b"secret")
    calls = [call for call in azure.control("GET", "calls") if call["type"] == "Microsoft.KeyVault/vaults/keys"]
    assert [call["status"] for call in calls[-3:]] == [403, 429, 200]


def by_path(name, rest, bearer):
    path = f"/_vault/{name}/{rest}"
    return json.loads(ask("GET", path, headers={"Authorization": f"Bearer {bearer}"} if bearer else {}))


def test_a_vault_is_also_found_by_a_path(keys):
    made = keys.keys.create_rsa_key("state")
    told = by_path(keys.name, f"keys/state?{VERSION}", token(keys.principal))
    assert told["key"]["kid"] == f"{ENDPOINT}/_vault/{keys.name}/keys/state/{made.properties.version}"
    with pytest.raises(urllib.error.HTTPError) as error:
        by_path(keys.name, "keys/state?api-version=2015-06-01", token(keys.principal))
    assert error.value.code == 400
    with pytest.raises(urllib.error.HTTPError) as error:
        by_path(unique("v"), f"keys/state?{VERSION}", token(keys.principal))
    assert json.load(error.value)["error"]["code"] == "VaultNotFound"


def test_a_token_is_for_vaults(keys):
    for bearer in (None, "x", token(keys.principal, "https://management.azure.com/")):
        with pytest.raises(urllib.error.HTTPError) as error:
            by_path(keys.name, f"keys?{VERSION}", bearer)
        assert error.value.code == 401
        challenge = error.value.headers["WWW-Authenticate"]
        assert challenge.startswith("Bearer authorization=") and f'resource="{AUDIENCE}"' in challenge
        assert json.load(error.value)["error"]["code"] == "Unauthorized"
