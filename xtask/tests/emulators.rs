//! Both emulators start, keep accounts apart, answer what the supplement adds, and end.

use std::io::{Read, Write};
use std::net::TcpStream;

use xtask::account;
use xtask::emulator::{Emulator, Kind};

/// One request as an AWS client sends it, but for the signature, which neither emulator checks.
struct Caller<'a> {
    endpoint: &'a str,
    account: &'a str,
}

impl Caller<'_> {
    fn query(&self, service: &str, form: &str) -> String {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        self.send(service, kind, form)
    }

    fn json(&self, service: &str, target: &str, body: &str) -> String {
        let kind = format!("Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}");
        self.send(service, &kind, body)
    }

    fn send(&self, service: &str, headers: &str, body: &str) -> String {
        let address = self.endpoint.trim_start_matches("http://");
        let account = self.account;
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/eu-west-3/{service}/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).expect("the emulator listens");
        stream
            .write_all(request.as_bytes())
            .expect("the emulator reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the emulator answers text");
        answer
    }
}

/// The text of an answer's first element of this name.
fn element<'a>(answer: &'a str, name: &str) -> &'a str {
    let (_, rest) = answer
        .split_once(&format!("<{name}>"))
        .unwrap_or_else(|| panic!("no {name} in {answer}"));
    rest.split_once('<').expect("the element ends").0
}

#[test]
fn an_emulator_ends_when_it_is_dropped() {
    for kind in Kind::AWS {
        let emulator = Emulator::start(kind).expect("the emulator starts");
        let address = emulator.endpoint().trim_start_matches("http://").to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        assert!(TcpStream::connect(&address).is_ok());
        drop(emulator);
        assert!(TcpStream::connect(&address).is_err());
    }
}

#[test]
fn a_twelve_digit_access_key_is_the_account() {
    for kind in Kind::AWS {
        let endpoint = &Emulator::shared(kind);
        let (one, other) = (account::fresh(), account::fresh());
        let [one, other] = [&one, &other].map(|account| Caller { endpoint, account });
        let identity = one.query("sts", "Action=GetCallerIdentity&Version=2011-06-15");
        assert!(identity.contains(one.account), "{kind:?}: {identity}");

        let create = "Action=CreateInternetGateway&Version=2016-11-15";
        let created = one.query("ec2", create);
        let id = element(&created, "internetGatewayId");
        let describe = "Action=DescribeInternetGateways&Version=2016-11-15";
        assert!(one.query("ec2", describe).contains(id), "{kind:?}");
        assert!(!other.query("ec2", describe).contains(id), "{kind:?}");
    }
}

#[test]
fn a_repeated_client_token_makes_nothing_new() {
    for kind in Kind::AWS {
        let (endpoint, account) = (&Emulator::shared(kind), &account::fresh());
        let caller = Caller { endpoint, account };
        let vpc = caller.query(
            "ec2",
            "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16",
        );
        let vpc = element(&vpc, "vpcId");
        let create =
            format!("Action=CreateRouteTable&Version=2016-11-15&VpcId={vpc}&ClientToken=once");
        let table = |answer: String| element(&answer, "routeTableId").to_owned();
        let first = table(caller.query("ec2", &create));
        assert_eq!(table(caller.query("ec2", &create)), first, "{kind:?}");
        let other = caller.query("ec2", &format!("{create}&TagSpecification.1.Tag.1.Key=a"));
        assert!(
            other.contains("IdempotentParameterMismatch"),
            "{kind:?}: {other}"
        );
    }
}

#[test]
fn application_autoscaling_is_supplemented() {
    const PREFIX: &str = "AnyScaleFrontendService";
    let identity = r#""ServiceNamespace":"ecs","ResourceId":"service/c/s","ScalableDimension":"ecs:service:DesiredCount""#;
    for kind in Kind::AWS {
        let (endpoint, account) = (&Emulator::shared(kind), &account::fresh());
        let caller = Caller { endpoint, account };
        let call = |operation: &str, body: String| {
            let target = format!("{PREFIX}.{operation}");
            caller.json("application-autoscaling", &target, &body)
        };
        let register = format!(r#"{{{identity},"MinCapacity":1,"MaxCapacity":4}}"#);
        let made = call("RegisterScalableTarget", register);
        assert!(made.contains("ScalableTargetARN"), "{kind:?}: {made}");
        let found = call(
            "DescribeScalableTargets",
            r#"{"ServiceNamespace":"ecs"}"#.to_owned(),
        );
        assert!(found.contains(r#""MaxCapacity": 4"#), "{kind:?}: {found}");
        call("DeregisterScalableTarget", format!("{{{identity}}}"));
        let again = call("DeregisterScalableTarget", format!("{{{identity}}}"));
        assert!(
            again.contains("ObjectNotFoundException"),
            "{kind:?}: {again}"
        );
    }
}
