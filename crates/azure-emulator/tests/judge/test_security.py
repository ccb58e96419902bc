"""What is special about Key Vault, role assignments and workspaces."""

import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from conftest import LOCATION, code, unique
from kinds import done, identity, vault, vault_body

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def put_vault(azure, name, **properties):
    return done(azure.vault.vaults.begin_create_or_update(azure.group, name, vault_body(**properties)))


def test_a_vault(azure):
    check = azure.vault.vaults.check_name_availability
    (name,) = vault(azure)
    request = {"type": "Microsoft.KeyVault/vaults"}
    assert check({"name": name, **request}).reason == "AlreadyExists"
    assert check({"name": "no_name", **request}).reason == "AccountNameInvalid"
    found = azure.vault.vaults.get(azure.group, name).properties
    assert (found.vault_uri, found.soft_delete_retention_in_days) == (f"https://{name}.vault.azure.net/", 90)
    assert found.enable_rbac_authorization is True
    assert [one.name for one in azure.vault.vaults.list()] == [name]


@pytest.mark.parametrize(
    "properties",
    [
        {"enablePurgeProtection": False},
        {"enableSoftDelete": False},
        {"softDeleteRetentionInDays": 91},
        {"enableRbacAuthorization": False},
    ],
)
def test_what_a_vault_cannot_be(azure, properties):
    with pytest.raises(HttpResponseError) as error:
        put_vault(azure, unique("v"), **properties)
    assert error.value.status_code == 400


def test_a_deleted_vault_keeps_its_name(azure):
    (name,) = vault(azure)
    azure.vault.secrets.create_or_update(azure.group, name, "db", {"properties": {"value": "x"}})
    azure.vault.vaults.delete(azure.group, name)
    with pytest.raises(HttpResponseError) as error:
        put_vault(azure, name)
    assert (error.value.status_code, code(error)) == (409, "ConflictError")
    request = {"name": name, "type": "Microsoft.KeyVault/vaults"}
    assert azure.vault.vaults.check_name_availability(request).name_available is False
    assert [one.name for one in azure.vault.vaults.list_deleted()] == [name]
    deleted = azure.vault.vaults.get_deleted(name, LOCATION)
    assert deleted.properties.vault_id == azure.id(f"Microsoft.KeyVault/vaults/{name}")
    assert deleted.properties.scheduled_purge_date > deleted.properties.deletion_date

    put_vault(azure, name, createMode="recover")
    assert azure.vault.secrets.get(azure.group, name, "db").name == "db"
    with pytest.raises(ResourceNotFoundError):
        azure.vault.vaults.get_deleted(name, LOCATION)


def test_a_purged_vault_is_gone(azure):
    (name,) = vault(azure)
    azure.vault.secrets.create_or_update(azure.group, name, "db", {"properties": {"value": "x"}})
    azure.vault.vaults.delete(azure.group, name)
    done(azure.vault.vaults.begin_purge_deleted(name, LOCATION))
    put_vault(azure, name, enablePurgeProtection=True)
    assert list(azure.vault.secrets.list(azure.group, name)) == []
    azure.vault.vaults.delete(azure.group, name)
    with pytest.raises(HttpResponseError) as error:
        azure.vault.vaults.begin_purge_deleted(name, LOCATION)
    assert error.value.status_code == 403
    with pytest.raises(ResourceNotFoundError):
        put_vault(azure, unique("v"), createMode="recover")


def test_a_vault_goes_with_its_group_and_is_kept(azure):
    (name,) = vault(azure)
    done(azure.resources.resource_groups.begin_delete(azure.group))
    assert [one.name for one in azure.vault.vaults.list_deleted()] == [name]


def test_secrets(azure):
    (name,) = vault(azure)
    secrets = azure.vault.secrets
    first = secrets.create_or_update(azure.group, name, "db", {"properties": {"value": "x"}}).properties
    assert first.value is None
    assert first.secret_uri == f"https://{name}.vault.azure.net/secrets/db"
    assert first.secret_uri_with_version.startswith(first.secret_uri + "/")
    second = secrets.create_or_update(azure.group, name, "db", {"properties": {"value": "y"}}).properties
    assert second.secret_uri_with_version != first.secret_uri_with_version
    third = secrets.update(azure.group, name, "db", {"properties": {"contentType": "text/plain"}}).properties
    assert third.secret_uri_with_version == second.secret_uri_with_version
    assert third.attributes.created <= third.attributes.updated


def role(azure, guid=READER):
    return f"/subscriptions/{azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def assignment(azure, principal, guid=READER, **more):
    return {"properties": {"roleDefinitionId": role(azure, guid), "principalId": principal, **more}}


def test_a_role_assignment(azure):
    who = identity(azure)
    assignments = azure.authorization.role_assignments
    body = assignment(azure, who.principal_id, principalType="ServicePrincipal")
    group = azure.id("x").split("/providers/")[0]
    subscription = f"/subscriptions/{azure.subscription}"
    for scope in (subscription, group, who.id):
        name = str(uuid.uuid4())
        made = assignments.create(scope, name, body)
        assert (made.scope, made.principal_type) == (scope, "ServicePrincipal")
        assert assignments.get(scope, name).role_definition_id == role(azure)
        assert assignments.get_by_id(made.id).name == name
        assert assignments.create(scope, name, body).id == made.id
        with pytest.raises(HttpResponseError) as error:
            assignments.create(scope, str(uuid.uuid4()), body)
        assert (error.value.status_code, code(error)) == (409, "RoleAssignmentExists")
        with pytest.raises(HttpResponseError) as error:
            other = "b24988ac-6180-42a0-ab88-20f7382dd24c"
            assignments.create(scope, name, assignment(azure, who.principal_id, other))
        assert code(error) == "RoleAssignmentUpdateNotPermitted"
    assert len(list(assignments.list_for_scope(subscription))) == 3
    assert len(list(assignments.list_for_scope(group, filter="atScope()"))) == 2
    assert len(list(assignments.list_for_scope(group, filter="principalId eq 'nobody'"))) == 0
    assert len(list(assignments.list_for_subscription())) == 3
    assert assignments.delete_by_id(made.id).id == made.id
    assert assignments.delete_by_id(made.id) is None


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("me", {}, "InvalidRoleAssignmentId"),
        (None, {"principalId": "me"}, "InvalidPrincipalId"),
        (None, {"roleDefinitionId": "x"}, "RoleDefinitionDoesNotExist"),
        (None, {"principalType": "User"}, "UnmatchedPrincipalType"),
    ],
)
def test_what_a_role_assignment_cannot_be(azure, name, change, expected):
    who = identity(azure)
    body = assignment(azure, who.principal_id)
    body["properties"].update(change)
    with pytest.raises(HttpResponseError) as error:
        azure.authorization.role_assignments.create(who.id, name or str(uuid.uuid4()), body)
    assert (error.value.status_code, code(error)) == (400, expected)


def test_a_new_principal_is_not_known_at_once(azure):
    azure.control.settings(principal_lag=60_000)
    who = identity(azure)
    assignments = azure.authorization.role_assignments
    with pytest.raises(HttpResponseError) as error:
        assignments.create(who.id, str(uuid.uuid4()), assignment(azure, who.principal_id))
    assert (error.value.status_code, code(error)) == (400, "PrincipalNotFound")
    body = assignment(azure, who.principal_id, principalType="ServicePrincipal")
    assignments.create(who.id, str(uuid.uuid4()), body)


def test_an_assignment_goes_with_its_scope(azure):
    who = identity(azure)
    name = str(uuid.uuid4())
    azure.authorization.role_assignments.create(who.id, name, assignment(azure, who.principal_id))
    azure.identity.user_assigned_identities.delete(azure.group, who.name)
    identity(azure)
    with pytest.raises(ResourceNotFoundError):
        azure.authorization.role_assignments.get(who.id, name)


def test_roles(azure):
    scope = f"/subscriptions/{azure.subscription}"
    roles = azure.authorization.role_definitions
    (found,) = roles.list(scope, filter="roleName eq 'AcrPull'")
    assert found.name == "7f951dda-4ed3-4680-a7ca-43fe172d538d"
    assert roles.get(scope, READER).role_name == "Reader"
    with pytest.raises(ResourceNotFoundError):
        roles.get(scope, str(uuid.uuid4()))
    permissions = azure.authorization.permissions.list_for_resource_group(azure.group)
    assert [permission.actions for permission in permissions] == [["*"]]


def test_a_workspace_comes_back(azure):
    workspaces = azure.logs.workspaces
    body = {"location": LOCATION}
    first = done(workspaces.begin_create_or_update(azure.group, "logs", body)).properties
    assert (first.sku.name, first.retention_in_days) == ("PerGB2018", 30)
    keys = azure.logs.shared_keys.get_shared_keys(azure.group, "logs")
    done(workspaces.begin_delete(azure.group, "logs"))
    assert [one.name for one in azure.logs.deleted_workspaces.list()] == ["logs"]
    second = done(workspaces.begin_create_or_update(azure.group, "logs", body)).properties
    assert second.customer_id == first.customer_id
    assert azure.logs.shared_keys.get_shared_keys(azure.group, "logs").primary_shared_key == keys.primary_shared_key
    done(workspaces.begin_delete(azure.group, "logs", force=True))
    third = done(workspaces.begin_create_or_update(azure.group, "logs", body)).properties
    assert third.customer_id != first.customer_id
    with pytest.raises(HttpResponseError):
        workspaces.begin_create_or_update(azure.group, "more", {**body, "properties": {"retentionInDays": 1000}})
