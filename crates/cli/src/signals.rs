//! Ctrl-C and SIGTERM: the first asks to stop, the second stops.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::render::style::talk;

/// Listens from now on. The token is cancelled by the first signal; the second ends the process.
///
/// It has a thread and a runtime of its own, so that it is heard while the planner computes.
pub fn listen() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    let listening = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        runtime.block_on(async move {
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut terminate = signal(SignalKind::terminate())?;
            for count in 0.. {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if count > 0 {
                    // The journal already holds the intent of everything that is under way.
                    talk("stopped; the next run finds out what became of what was under way");
                    std::process::exit(Exit::Cancelled.code().into());
                }
                talk("stopping: nothing new is started, and what was sent runs to its end; once more to stop at once");
                cancelled.cancel();
            }
            Ok::<_, std::io::Error>(())
        })
    };
    // Without the thread the system's own way holds: the first signal ends the process.
    let _ = std::thread::Builder::new()
        .name("signals".into())
        .spawn(listening);
    token
}
