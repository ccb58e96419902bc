//! The provider on an emulator, in an account that no other test uses.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use stack_aws::AwsProvider;
use stack_testkit::conformance::{Case, run};
pub use xtask::emulator::Kind;

use crate::watch::watched;

/// An emulator in an account of its own, and that account.
pub async fn provider(kind: Kind) -> (Arc<AwsProvider>, String) {
    let account = xtask::account::fresh();
    (
        Arc::new(AwsProvider::on(config(kind, &account).await)),
        account,
    )
}

/// An emulator in an account, for a client of the SDK itself.
pub async fn config(kind: Kind, account: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-west-3"))
        .endpoint_url(xtask::emulator::Emulator::shared(kind))
        .credentials_provider(Credentials::new(account, "secret", None, None, "test"))
        .load()
        .await
}

/// Runs a case on an emulator.
pub fn conforms(kind: Kind, case: Case) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(async {
        let config = config(kind, &xtask::account::fresh()).await;
        let (provider, calls) = watched(config);
        run(&case, Arc::new(provider), &calls).await;
    });
}

/// A test a case and emulator, and a search for it on the first: `conformance! { vpc on Moto, Ministack; }`.
macro_rules! conformance {
    ($($case:ident on $first:ident $(, $kind:ident)*;)*) => {$(
        mod $case {
            #[test]
            fn searched_for() {
                $crate::strays::finds($crate::emulated::Kind::$first, super::$case());
            }

            #[test]
            #[allow(non_snake_case, reason = "named after the emulator")]
            fn $first() {
                $crate::emulated::conforms($crate::emulated::Kind::$first, super::$case());
            }

            $(
                #[test]
                #[allow(non_snake_case, reason = "named after the emulator")]
                fn $kind() {
                    $crate::emulated::conforms($crate::emulated::Kind::$kind, super::$case());
                }
            )*
        }
    )*};
}
pub(crate) use conformance;
