//! `cargo xtask emulators`: all emulators, for trying things by hand.

use xtask::emulator::{Emulator, Kind};

use crate::step::Outcome;

pub fn run() -> Outcome {
    let mut running = Vec::new();
    for kind in Kind::ALL {
        let emulator = Emulator::start(kind)?;
        println!("export {}={}", kind.variable(), emulator.endpoint());
        running.push(emulator);
    }
    eprintln!("All run until Ctrl-C. A 12-digit AWS_ACCESS_KEY_ID selects the account.");
    loop {
        // Ctrl-C ends this process, and with it the pipes that keep the emulators alive.
        std::thread::park();
    }
}
