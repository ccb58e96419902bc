//! The double of AWS's list, judged by AWS's own client: what our client takes from it is what that one does.

use std::process::Command;

use xtask::prices::PriceLists;

#[test]
fn the_double_speaks_as_aws_does() {
    let double = PriceLists::start().unwrap();
    let python = xtask::venv::ensure().unwrap_or_else(|error| panic!("{error}: {error:?}"));
    let judge = xtask::root().unwrap().join("tests/prices/judge.py");
    let asked = [
        "AWSELB",
        "regionCode=eu-central-1",
        "productFamily=Load Balancer-Application",
    ];
    let output = Command::new(python)
        .arg(judge)
        .arg(double.endpoint())
        .args(asked)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let found: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    let usages = [
        "EUC1-LoadBalancerUsage",
        "EUC1-TS-LoadBalancerUsage",
        "EUC1-LCUUsage",
    ];
    assert_eq!(found, usages);
    assert_eq!(double.take().len(), 2, "two pages");
}
