//! Every type of Azure through the conformance kit, on an emulator that Microsoft's own SDK judges.

mod emulated;

mod managedidentity;
mod network;
mod resources;
