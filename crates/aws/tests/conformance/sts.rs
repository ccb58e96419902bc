//! Who we are.

use stack_model::{Map, Value};
use stack_provider::Provider;

use crate::emulated::{Kind, provider};

#[tokio::test]
async fn the_caller_is_known() {
    for kind in [Kind::Moto, Kind::Ministack] {
        let (provider, account) = provider(kind).await;
        let observer = provider.observe(&Map::new()).await.expect("it connects");
        let lookup = "aws:sts:CallerIdentity".parse().expect("a type");
        let answer = observer
            .lookup(&lookup)
            .expect("the lookup is there")
            .answer(&Map::new())
            .await
            .expect("an answer");
        let text = |field: &str| answer.get(field).and_then(Value::as_str);
        assert_eq!(text("account"), Some(account.as_str()));
        assert_eq!(text("partition"), Some("aws"));
        assert_eq!(text("region"), Some("eu-west-3"));
        let arn = text("arn").expect("an ARN");
        assert!(
            arn.starts_with("arn:aws:") && arn.contains(&account),
            "{arn}"
        );
        assert!(text("user_id").is_some_and(|id| !id.is_empty()));
    }
}
