//! `azure-emulator`: a local Azure Resource Manager until it is told to end.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use stack_azure_emulator::{Emulator, Running};
use tokio::io::AsyncReadExt;

/// A local Azure Resource Manager. It prints its URL and runs until Ctrl-C.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The port of 127.0.0.1; 0 is any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Speak TLS with a certificate of its own
    #[arg(long)]
    tls: bool,
    /// Write that certificate to a file
    #[arg(long, value_name = "FILE", requires = "tls")]
    certificate: Option<PathBuf>,
    /// Keep what exists in a folder; without it, in memory only
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// How long each long-running operation takes, such as 300ms or 2s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    operation_time: Duration,
    /// Leave out Retry-After
    #[arg(long)]
    no_retry_after: bool,
    /// End when standard input closes
    #[arg(long)]
    until_stdin_closes: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "write a time such as 300ms or 2s".to_owned())?;
    Duration::try_from(span).map_err(|_| "a time is not negative".to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut said = format!("error: {error}");
            let mut cause = error.source();
            while let Some(deeper) = cause {
                said.push_str(&format!("\n  because: {deeper}"));
                cause = deeper.source();
            }
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let mut builder = Emulator::builder()
        .port(arguments.port)
        .tls(arguments.tls)
        .operation_time(arguments.operation_time)
        .retry_after(!arguments.no_retry_after);
    if let Some(folder) = arguments.state {
        builder = builder.state(folder);
    }
    let running = builder.start().await?;
    if let (Some(file), Some(certificate)) = (arguments.certificate, running.certificate()) {
        std::fs::write(&file, certificate).map_err(|error| {
            format!(
                "cannot write the certificate to {}: {error}",
                file.display()
            )
        })?;
    }
    println!("{}", running.endpoint());
    wait(&running, arguments.until_stdin_closes).await
}

async fn wait(_running: &Running, until_stdin_closes: bool) -> Result<(), Box<dyn Error>> {
    if until_stdin_closes {
        let mut rest = Vec::new();
        tokio::io::stdin().read_to_end(&mut rest).await?;
        return Ok(());
    }
    std::future::pending().await
}
