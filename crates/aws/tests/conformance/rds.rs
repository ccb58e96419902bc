//! Databases.

use serde_json::{Value, json};
use stack_model::Graph;
use stack_testkit::conformance::{Bench, Case};

use crate::emulated::{Kind, conformance, provider};

conformance! {
    subnet_group on Ministack;
    parameter_group on Ministack;
    instance on Ministack;
}

/// The subnets of the emulator's default VPC.
const SUBNETS: [&str; 3] = ["subnet-00000001", "subnet-00000002", "subnet-00000003"];

fn subnet_group() -> Case {
    Case::new(
        "aws:rds:SubnetGroup",
        json!({"subnet_ids": [SUBNETS[0], SUBNETS[1]], "tags": {"a": "1", "c": "1"}}),
    )
    .update("subnet_ids", json!([SUBNETS[2], SUBNETS[1]]))
    .update("description", json!("what it is for"))
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("name", json!("renamed"))
}

fn parameter_group() -> Case {
    let log_connections = json!({"name": "log_connections", "value": "1"});
    Case::new(
        "aws:rds:ParameterGroup",
        json!({"family": "postgres16", "tags": {"a": "1", "c": "1"}, "parameters": [
            log_connections,
            {"name": "shared_buffers", "value": "65536", "apply_method": "pending-reboot"}]}),
    )
    .update(
        "parameters",
        json!([{"name": "work_mem", "value": "8192", "apply_method": "immediate"}, log_connections]),
    )
    .update("tags", json!({"a": "2", "b": "3"}))
    .replace("name", json!("renamed"))
    .replace("family", json!("postgres17"))
    .replace("description", json!("what it is for"))
}

fn postgres() -> Value {
    json!({
        "engine": "postgres", "engine_version": "16", "instance_class": "db.t4g.medium", "allocated_storage": 100,
        "storage_type": "gp3", "master_username": "root", "master_password": "not-to-be-told",
        "apply_immediately": true, "skip_final_snapshot": true,
    })
}

fn instance() -> Case {
    let group = |name: &str| Case::of(&format!("aws:rds:SubnetGroup/{name}"), "name");
    Case::new("aws:rds:Instance", {
        let mut inputs = postgres();
        inputs["db_subnet_group_name"] = group("first");
        inputs["tags"] = json!({"a": "1"});
        inputs
    })
    .with(
        "aws:rds:SubnetGroup",
        "first",
        json!({"subnet_ids": SUBNETS}),
    )
    .with(
        "aws:rds:SubnetGroup",
        "second",
        json!({"subnet_ids": SUBNETS}),
    )
    .with(
        "aws:rds:ParameterGroup",
        "settings",
        json!({"family": "postgres17"}),
    )
    .update("instance_class", json!("db.m7g.large"))
    .update("allow_major_version_upgrade", json!(true))
    .update("engine_version", json!("17"))
    .update("auto_minor_version_upgrade", json!(false))
    .update("license_model", json!("bring-your-own-license"))
    .update("allocated_storage", json!(500))
    .update("max_allocated_storage", json!(1000))
    .update("iops", json!(12000))
    .update("storage_throughput", json!(600))
    .update("storage_type", json!("io2"))
    .update("dedicated_log_volume", json!(true))
    .update("multi_az", json!(true))
    .update("port", json!(5433))
    .update("db_subnet_group_name", group("second"))
    .update(
        "vpc_security_group_ids",
        json!(["sg-00000001", "sg-00000002"]),
    )
    .update("publicly_accessible", json!(true))
    .update("network_type", json!("DUAL"))
    .update("ca_cert_identifier", json!("rds-ca-ecc384-g1"))
    .update("master_password", json!("not-to-be-told-either"))
    .update("iam_database_authentication_enabled", json!(true))
    .update(
        "parameter_group_name",
        Case::of("aws:rds:ParameterGroup/settings", "name"),
    )
    .update("option_group_name", json!("options"))
    .update("backup_retention_period", json!(14))
    .update("backup_window", json!("01:00-02:00"))
    .update("copy_tags_to_snapshot", json!(true))
    .update("maintenance_window", json!("Mon:02:30-Mon:03:30"))
    .update("performance_insights_enabled", json!(true))
    .update(
        "performance_insights_kms_key_id",
        json!("arn:aws:kms:eu-west-3:123456789012:key/1"),
    )
    .update("performance_insights_retention_period", json!(465))
    .update("database_insights_mode", json!("advanced"))
    .update(
        "monitoring_role_arn",
        json!("arn:aws:iam::123456789012:role/monitoring"),
    )
    .update("monitoring_interval", json!(60))
    .update(
        "enabled_cloudwatch_logs_exports",
        json!(["postgresql", "upgrade"]),
    )
    .update("enabled_cloudwatch_logs_exports", json!(["upgrade"]))
    .update("deletion_protection", json!(true))
    .update("deletion_protection", json!(false))
    .update("skip_final_snapshot", json!(false))
    .update("final_snapshot_identifier", json!("last"))
    .update("delete_automated_backups", json!(false))
    .update("tags", json!({"a": "2", "b": "3"}))
    .update("tags", json!({"b": "3"}))
    .update("apply_immediately", json!(false))
    .replace("availability_zone", json!("eu-west-3b"))
    .replace("identifier", json!("renamed"))
    .replace("engine", json!("mysql"))
    .replace(
        "engine_lifecycle_support",
        json!("open-source-rds-extended-support-disabled"),
    )
    .replace("storage_encrypted", json!(true))
    .replace(
        "kms_key_id",
        json!("arn:aws:kms:eu-west-3:123456789012:key/2"),
    )
    .replace("db_name", json!("app"))
    .replace("master_username", json!("admin"))
    .replace("snapshot_identifier", json!("before"))
    .leave_out(
        "manage_master_user_password",
        "excludes the password that the case sets; see a_password_that_rds_keeps",
    )
    .leave_out(
        "master_user_secret_kms_key_id",
        "is taken with manage_master_user_password alone; see a_password_that_rds_keeps",
    )
    .uncalled(
        ["rds:RestoreDBInstanceFromDBSnapshot"],
        "it is made anew, and not of a snapshot",
    )
}

fn graph(resources: Value) -> Graph {
    let graph = json!({"format": 1, "resources": resources});
    Graph::parse(graph.to_string().as_bytes()).expect("the graph is one")
}

fn database(name: &str, inputs: &Value) -> Graph {
    graph(json!([{"type": "aws:rds:Instance", "name": name, "inputs": inputs}]))
}

/// Puts graphs in force one after the other; each has to be settled. Gives the last complaint.
async fn steps(bench: &Bench, graphs: &[Graph]) -> Result<(), String> {
    for graph in graphs {
        bench.apply(graph).await?;
        bench.settled(graph).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_password_that_rds_keeps() {
    let (provider, _) = provider(Kind::Ministack).await;
    let bench = Bench::new(provider);
    let mut managed = postgres();
    let inputs = managed.as_object_mut().expect("the inputs are an object");
    inputs.remove("master_password");
    inputs.insert("manage_master_user_password".into(), json!(true));
    let mut with_key = managed.clone();
    with_key["master_user_secret_kms_key_id"] = json!("arn:aws:kms:eu-west-3:123456789012:key/1");
    let mut own = postgres();
    own["manage_master_user_password"] = json!(false);

    let graphs = [&managed, &own, &with_key].map(|inputs| database("managed", inputs));
    steps(&bench, &graphs).await.expect("each is put in force");
    with_key["master_user_secret_kms_key_id"] = json!("arn:aws:kms:eu-west-3:123456789012:key/2");
    let refusal = bench.apply(&database("managed", &with_key)).await;
    let refusal = refusal.expect_err("RDS does not change the key");
    assert!(refusal.contains("does not change the key"), "{refusal}");
    bench.destroy().await.expect("it is deleted");
}

#[tokio::test]
async fn a_last_snapshot_and_a_database_that_begins_with_it() {
    let (provider, _) = provider(Kind::Ministack).await;
    let bench = Bench::new(provider);
    let mut first = postgres();
    first["skip_final_snapshot"] = json!(false);
    first["identifier"] = json!("first");
    steps(&bench, &[database("db", &first)])
        .await
        .expect("it is made");
    bench
        .destroy()
        .await
        .expect("it is deleted, with a snapshot");

    let mut second = postgres();
    second["snapshot_identifier"] = json!("first-final");
    second["backup_retention_period"] = json!(14);
    second["max_allocated_storage"] = json!(200);
    second["tags"] = json!({"a": "1"});
    steps(&bench, &[database("restored", &second)])
        .await
        .expect("it is restored");
    bench.destroy().await.expect("it is deleted");
}

#[tokio::test]
async fn a_protected_database_stays() {
    let (provider, _) = provider(Kind::Ministack).await;
    let bench = Bench::new(provider);
    let mut inputs = postgres();
    inputs["deletion_protection"] = json!(true);
    steps(&bench, &[database("db", &inputs)])
        .await
        .expect("it is made");
    let refusal = bench.destroy().await.expect_err("it is protected");
    assert!(refusal.contains("protected against deletion"), "{refusal}");
    inputs["deletion_protection"] = json!(false);
    steps(&bench, &[database("db", &inputs)])
        .await
        .expect("it is changed");
    bench.destroy().await.expect("it is deleted");
}
