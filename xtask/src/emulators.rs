//! `cargo xtask emulators`: all emulators, for trying things by hand.

use std::time::Duration;

use xtask::azure::LocalAzure;
use xtask::emulator::{Emulator, Kind};

use crate::step::Outcome;

pub fn run() -> Outcome {
    let mut running = Vec::new();
    for kind in Kind::ALL {
        let emulator = Emulator::start(kind)?;
        println!("export {}={}", kind.variable(), emulator.endpoint());
        running.push(emulator);
    }
    let azure = LocalAzure::start(Duration::ZERO)?;
    for (name, value) in azure.variables(&uuid::Uuid::new_v4().to_string()) {
        println!("export {name}={value}");
    }
    eprintln!("All run until Ctrl-C. A 12-digit AWS_ACCESS_KEY_ID selects the account.");
    loop {
        // Ctrl-C ends this process, and with it the pipes that keep the emulators alive.
        std::thread::park();
    }
}
