//! The command line. 
pub fn run() -> std::process::ExitCode { todo!() }
