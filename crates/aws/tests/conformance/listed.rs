//! Many objects by lists, beside each by itself.

use stack_aws::AwsProvider;
use stack_model::Map;
use stack_provider::{Provider, Recorded};
use xtask::emulator::{Emulator, Kind};
use xtask::recorder::Recorder;

use crate::wire;

/// An emulator in an account of its own, with a proxy that counts its calls.
pub struct Counted {
    recorder: Recorder,
    /// For clients of the SDK itself.
    pub config: aws_config::SdkConfig,
}

impl Counted {
    pub async fn on(kind: Kind) -> Self {
        let recorder = Recorder::start(&Emulator::shared(kind)).expect("a proxy starts");
        let config = wire::config(recorder.endpoint(), &xtask::account::fresh()).await;
        Self { recorder, config }
    }

    /// How many calls it takes to read objects of a type together, once what that shows is seen to be what each by itself
    /// does. Those that are gone, and no others, are not shown.
    pub async fn calls(&self, type_name: &str, ids: &[&str], gone: &[&str]) -> usize {
        let provider = AwsProvider::on(self.config.clone());
        let observer = provider.observe(&Map::new()).await;
        let observer = observer.expect("a client is made");
        let type_name = type_name.parse().expect("it is a type");
        let handler = observer.resource(&type_name).expect("it is there");
        let values = Map::new();
        let all = ids.iter().chain(gone);
        let recorded: Vec<Recorded<'_>> = all
            .map(|id| Recorded {
                id,
                values: &values,
            })
            .collect();
        self.recorder.take();
        let listed = handler.read_many(&recorded).await;
        let calls = self.recorder.take().len();
        for (one, listed) in recorded.iter().zip(listed.expect("they are listed")) {
            let read = handler.read(*one).await.expect("it is read");
            assert_eq!(read.is_none(), gone.contains(&one.id), "{}", one.id);
            assert_eq!(listed, read, "{}", one.id);
        }
        calls
    }
}
