"""What is special about Microsoft.App."""

import time
from types import SimpleNamespace

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from conftest import LOCATION, code, unique
from kinds import app_body, done, environment, identity, tracked, vault

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"


@pytest.fixture
def apps(azure):
    environment(azure)
    operations = azure.app.container_apps

    def put(body=None, name="app"):
        return done(operations.begin_create_or_update(azure.group, name, body or app_body(azure)))

    def refused(body, name="app"):
        with pytest.raises(HttpResponseError) as error:
            put(body, name)
        return code(error)

    return SimpleNamespace(put=put, refused=refused, get=lambda: operations.get(azure.group, "app"))


def revisions(azure):
    return azure.app.container_apps_revisions


def with_image(body, image, **template):
    body["properties"]["template"]["containers"][0]["image"] = image
    body["properties"]["template"].update(template)
    return body


def test_addresses(azure, apps):
    domain = azure.app.managed_environments.get(azure.group, "env").default_domain
    made = apps.put(app_body(azure, ingress={"external": True, "targetPort": 80}))
    assert made.configuration.ingress.fqdn == f"app.{domain}"
    assert made.latest_revision_fqdn == f"{made.latest_revision_name}.{domain}"
    made = apps.put(app_body(azure, ingress={"external": False, "targetPort": 80}))
    assert made.configuration.ingress.fqdn == f"app.internal.{domain}"
    assert (made.location, made.running_status) == ("West US", "Running")


def test_another_template_is_another_revision(azure, apps):
    first = apps.put().latest_revision_name
    assert apps.put(app_body(azure, maxInactiveRevisions=5)).latest_revision_name == first
    second = apps.put(with_image(app_body(azure), "example.com/main:2", revisionSuffix="two"))
    assert second.latest_revision_name == second.latest_ready_revision_name == "app--two"
    known = {one.name: one for one in revisions(azure).list_revisions(azure.group, "app")}
    assert set(known) == {first, "app--two"}
    # One at a time, unless it is asked for otherwise.
    assert (known[first].active, known["app--two"].active) == (False, True)
    assert known["app--two"].template.containers[0].image == "example.com/main:2"
    body = with_image(app_body(azure), "example.com/main:3", revisionSuffix="two")
    assert apps.refused(body) == "InvalidParameterValueInContainerTemplate"


def test_traffic_between_revisions(azure, apps):
    multiple = {"activeRevisionsMode": "Multiple", "ingress": {"external": True, "targetPort": 80}}
    first = apps.put(app_body(azure, **multiple)).latest_revision_name
    split = [{"revisionName": first, "weight": 80}, {"latestRevision": True, "weight": 20}]
    multiple["ingress"]["traffic"] = split
    second = apps.put(with_image(app_body(azure, **multiple), "example.com/main:2")).latest_revision_name
    weight = {one.name: one.traffic_weight for one in revisions(azure).list_revisions(azure.group, "app")}
    assert weight == {first: 80, second: 20}
    with pytest.raises(HttpResponseError):
        revisions(azure).deactivate_revision(azure.group, "app", first)
    split[0]["weight"] = 70
    assert apps.refused(app_body(azure, **multiple)) == "ContainerAppInvalidTrafficWeight"
    split[0] = {"revisionName": "app--none", "weight": 80}
    assert apps.refused(app_body(azure, **multiple)) == "RevisionNotFound"
    multiple["ingress"]["traffic"] = [{"latestRevision": True, "weight": 100}]
    apps.put(with_image(app_body(azure, **multiple), "example.com/main:2"))
    revisions(azure).deactivate_revision(azure.group, "app", first)
    assert revisions(azure).get_revision(azure.group, "app", first).active is False
    revisions(azure).activate_revision(azure.group, "app", first)
    assert revisions(azure).get_revision(azure.group, "app", first).running_state == "Running"


def test_a_revision_that_fails_is_not_ready(azure, apps):
    first = apps.put().latest_revision_name
    failure = {"code": "ContainerAppOperationError", "message": "It does not start."}
    azure.control.faults({"method": "PUT", "fail_operation": failure})
    with pytest.raises(HttpResponseError):
        apps.put(with_image(app_body(azure), "example.com/main:2"))
    app = apps.get()
    assert (app.provisioning_state, app.latest_ready_revision_name) == ("Failed", first)
    bad = revisions(azure).get_revision(azure.group, "app", app.latest_revision_name)
    assert (bad.provisioning_state, bad.health_state) == ("Failed", "Unhealthy")
    assert apps.put(with_image(app_body(azure), "example.com/main:3")).latest_ready_revision_name != first


def test_secrets_are_not_told(azure, apps):
    apps.put(app_body(azure, secrets=[{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]))
    assert [(one.name, one.value) for one in apps.get().configuration.secrets] == [("a", None), ("b", None)]
    # Known ones keep their values, unknown ones need one.
    apps.put(app_body(azure, secrets=[{"name": "a"}, {"name": "b", "value": "3"}]))
    told = azure.app.container_apps.list_secrets(azure.group, "app").value
    assert {one.name: one.value for one in told} == {"a": "1", "b": "3"}
    assert apps.refused(app_body(azure, secrets=[{"name": "a"}, {"name": "c"}])) == "ContainerAppSecretInvalid"
    assert apps.refused(app_body(azure, secrets=[{"name": "A", "value": "1"}])) == "ContainerAppSecretInvalid"
    assert apps.refused(app_body(azure, secrets=[{"name": "a", "value": ""}] * 2)) == "ContainerAppSecretInvalid"
    apps.put(app_body(azure))
    assert apps.refused(app_body(azure, secrets=[{"name": "a"}])) == "ContainerAppSecretInvalid"


def test_a_reference_names_a_secret(azure, apps):
    body = app_body(azure)
    body["properties"]["template"]["containers"][0]["env"] = [{"name": "A", "secretRef": "a"}]
    assert apps.refused(body) == "ContainerAppSecretRefNotFound"
    body["properties"]["configuration"] = {"secrets": [{"name": "a", "value": "1"}]}
    apps.put(body)


def test_a_secret_in_a_vault_is_read_by_an_identity(azure, apps):
    (name,) = vault(azure)
    made = azure.vault.secrets.create_or_update(azure.group, name, "db", {"properties": {"value": "x"}})
    reader = identity(azure)
    secret = {"name": "db", "keyVaultUrl": made.properties.secret_uri, "identity": reader.id}
    incomplete = {"name": "db", "keyVaultUrl": secret["keyVaultUrl"]}
    assert apps.refused(app_body(azure, secrets=[incomplete])) == "ContainerAppSecretInvalid"
    elsewhere = {**secret, "keyVaultUrl": "https://example.com/db"}
    assert apps.refused(app_body(azure, secrets=[elsewhere])) == "ContainerAppSecretKeyVaultUrlInvalid"
    body = app_body(azure, secrets=[secret])
    assert apps.refused(body) == "InvalidParameterValueInContainerTemplate"
    body["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {reader.id: {}}}
    assert apps.refused(body) == "InvalidParameterValueInContainerTemplate"
    scope = azure.id(f"Microsoft.KeyVault/vaults/{name}")
    azure.control.settings(role_lag=100)
    assign(azure, scope, SECRETS_USER, reader.principal_id)
    assert apps.refused(body) == "InvalidParameterValueInContainerTemplate"
    time.sleep(0.12)
    (told,) = apps.put(body).configuration.secrets
    assert (told.key_vault_url, told.identity) == (secret["keyVaultUrl"], reader.id)


def assign(azure, scope, role, principal):
    body = {
        "properties": {
            "roleDefinitionId": f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": principal,
            "principalType": "ServicePrincipal",
        }
    }
    name = f"{principal[:-4]}{role[-4:]}"
    return azure.authorization.role_assignments.create(scope, name, body)


def test_images_are_pulled_by_an_identity(azure, apps):
    name = unique("judge")
    registry = {"location": LOCATION, "sku": {"name": "Basic"}}
    made = azure.registry.registries.begin_create(azure.group, name, registry).result()
    puller = identity(azure)
    body = app_body(azure, registries=[{"server": made.login_server, "identity": puller.id}])
    assert apps.refused(body) == "InvalidParameterValueInContainerTemplate"
    body["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {puller.id: {}}}
    assert apps.refused(body) == "InvalidParameterValueInContainerTemplate"
    assign(azure, made.id, ACR_PULL, puller.principal_id)
    apps.put(body)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"containers": []}, "InvalidParameterValueInContainerTemplate"),
        ({"containers": [{"name": "a", "image": "b"}] * 2}, "InvalidParameterValueInContainerTemplate"),
        (
            {"containers": [{"name": "a", "image": "b", "resources": {"cpu": 1, "memory": "1Gi"}}]},
            "ContainerAppInvalidResourceTotal",
        ),
        ({"scale": {"minReplicas": 5, "maxReplicas": 2}}, "ContainerAppInvalidScale"),
        ({"scale": {"rules": [{"name": "a"}]}}, "ContainerAppInvalidScaleRule"),
    ],
)
def test_templates(azure, apps, change, expected):
    body = app_body(azure)
    body["properties"]["template"].update(change)
    assert apps.refused(body) == expected


def test_an_app_is_in_an_environment(azure, apps):
    body = app_body(azure)
    del body["properties"]["environmentId"]
    assert apps.refused(body) == "InvalidRequestContent"
    body["properties"]["environmentId"] = azure.id("Microsoft.App/managedEnvironments/none")
    assert apps.refused(body) == "InvalidResourceReference"
    body = {**app_body(azure), "location": "eastus"}
    assert apps.refused(body, "other") == "ContainerAppLocationMismatch"
    apps.put()
    environment(azure, "second")
    body = app_body(azure)
    body["properties"]["environmentId"] = azure.id("Microsoft.App/managedEnvironments/second")
    assert apps.refused(body) == "InvalidParameterChange"
    with pytest.raises(HttpResponseError) as error:
        azure.app.managed_environments.begin_delete(azure.group, "env")
    assert (error.value.status_code, code(error)) == (409, "ManagedEnvironmentHasContainerApps")
    done(azure.app.container_apps.begin_delete(azure.group, "app"))
    done(azure.app.managed_environments.begin_delete(azure.group, "env"))


def test_an_environment_has_to_be_ready(azure):
    azure.control.settings(operation_time=200)
    body = tracked({"workloadProfiles": [{"name": "Consumption", "workloadProfileType": "Consumption"}]})
    poller = azure.app.managed_environments.begin_create_or_update(azure.group, "env", body)
    seen = azure.app.managed_environments.get(azure.group, "env").provisioning_state
    assert seen in ("Waiting", "InitializationInProgress", "InfrastructureSetupInProgress")
    with pytest.raises(HttpResponseError) as error:
        azure.app.container_apps.begin_create_or_update(azure.group, "app", app_body(azure))
    assert code(error) == "ManagedEnvironmentNotProvisioned"
    poller.result()


def test_the_name_of_an_environment_stays_taken(azure):
    azure.control.settings(name_retention=150)
    environment(azure)
    done(azure.app.managed_environments.begin_delete(azure.group, "env"))
    with pytest.raises(HttpResponseError) as error:
        environment(azure)
    assert error.value.status_code == 409
    time.sleep(0.16)
    environment(azure)


def test_an_environment_writes_to_a_workspace(azure):
    workspace = done(azure.logs.workspaces.begin_create_or_update(azure.group, "logs", {"location": LOCATION}))
    keys = azure.logs.shared_keys.get_shared_keys(azure.group, "logs")

    def create(key):
        logs = {"customerId": workspace.properties.customer_id, "sharedKey": key}
        body = {"appLogsConfiguration": {"destination": "log-analytics", "logAnalyticsConfiguration": logs}}
        return done(azure.app.managed_environments.begin_create_or_update(azure.group, "env", tracked(body)))

    with pytest.raises(HttpResponseError) as error:
        create("wrong")
    assert code(error) == "InvalidRequestParameterWithDetails"
    made = create(keys.primary_shared_key)
    assert made.app_logs_configuration.log_analytics_configuration.customer_id == workspace.properties.customer_id
    assert made.app_logs_configuration.log_analytics_configuration.shared_key is None


def test_an_app_stops_and_starts(azure, apps):
    apps.put()
    done(azure.app.container_apps.begin_stop(azure.group, "app"))
    assert apps.get().running_status == "Stopped"
    done(azure.app.container_apps.begin_start(azure.group, "app"))
    assert apps.get().running_status == "Running"


@pytest.fixture
def job(azure):
    environment(azure)
    body = app_body(azure, triggerType="Manual", replicaTimeout=60)
    return done(azure.app.jobs.begin_create_or_update(azure.group, "job", body))


def execution(azure, name):
    return azure.app.job_execution("group", "job", name)


def test_an_environment_with_a_job_stays(azure, job):
    with pytest.raises(HttpResponseError) as error:
        azure.app.managed_environments.begin_delete(azure.group, "env")
    assert code(error) == "ManagedEnvironmentHasContainerAppsJobs"


def test_a_job_runs(azure, job):
    assert job.configuration.manual_trigger_config.parallelism == 1
    azure.control.settings(operation_time=150)
    started = azure.app.jobs.begin_start(azure.group, "job").result()
    assert execution(azure, started.name).status == "Running"
    time.sleep(0.16)
    ended = execution(azure, started.name)
    assert ended.status == "Succeeded"
    assert ended.start_time < ended.end_time
    assert [one.name for one in azure.app.jobs_executions.list(azure.group, "job")] == [started.name]


def test_a_job_runs_something_else(azure, job):
    template = {"containers": [{"name": "main", "image": "example.com/main:9", "args": ["down"]}]}
    started = azure.app.jobs.begin_start(azure.group, "job", template).result()
    (container,) = execution(azure, started.name).template.containers
    assert (container.image, container.args) == ("example.com/main:9", ["down"])


def test_a_job_fails(azure, job):
    azure.control.faults({"path": "/start", "fail_operation": {"code": "Failed"}})
    started = azure.app.jobs.begin_start(azure.group, "job").result()
    assert execution(azure, started.name).status == "Failed"


def test_a_job_is_stopped(azure, job):
    azure.control.settings(operation_time=60_000)
    one = azure.app.jobs.begin_start(azure.group, "job").result()
    two = azure.app.jobs.begin_start(azure.group, "job").result()
    azure.control.settings(operation_time=0)
    done(azure.app.jobs.begin_stop_execution(azure.group, "job", one.name))
    assert execution(azure, one.name).status == "Stopped"
    stopped = azure.app.jobs.begin_stop_multiple_executions(azure.group, "job").result()
    assert [each.name for each in stopped.value] == [two.name]


@pytest.mark.parametrize(
    "configuration",
    [
        {"triggerType": "Schedule"},
        {"triggerType": "Schedule", "scheduleTriggerConfig": {"cronExpression": "daily"}},
        {"triggerType": "Event"},
        {"triggerType": "Manual", "scheduleTriggerConfig": {"cronExpression": "0 3 * * *"}},
    ],
)
def test_triggers(azure, configuration):
    environment(azure)
    with pytest.raises(HttpResponseError) as error:
        body = app_body(azure, replicaTimeout=60, **configuration)
        azure.app.jobs.begin_create_or_update(azure.group, "job", body)
    assert code(error) == "JobTriggerConfigInvalid"


def test_a_certificate_in_use_stays(azure, apps):
    certificates = azure.app.managed_certificates
    made = done(certificates.begin_create_or_update(azure.group, "env", "cert", tracked({"subjectName": "judge.example"})))
    domain = {"name": "judge.example", "bindingType": "SniEnabled", "certificateId": made.id}
    apps.put(app_body(azure, ingress={"external": True, "targetPort": 80, "customDomains": [domain]}))
    with pytest.raises(HttpResponseError) as error:
        certificates.delete(azure.group, "env", "cert")
    assert code(error) == "CertificateInUse"
    domain["certificateId"] += "x"
    body = app_body(azure, ingress={"external": True, "targetPort": 80, "customDomains": [domain]})
    assert apps.refused(body) == "CertificateMissing"


def test_an_app_is_gone_with_its_revisions(azure, apps):
    name = apps.put().latest_revision_name
    done(azure.app.container_apps.begin_delete(azure.group, "app"))
    with pytest.raises(ResourceNotFoundError) as error:
        revisions(azure).get_revision(azure.group, "app", name)
    assert code(error) == "ParentResourceNotFound"
