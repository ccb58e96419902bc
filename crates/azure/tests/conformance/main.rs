//! Every type of Azure through the conformance kit, on an emulator that Microsoft's own SDK judges.

mod emulated;
mod watch;

mod app;
mod authorization;
mod bodies;
mod cache;
mod containerregistry;
mod dbforpostgresql;
mod keyvault;
mod managedidentity;
mod network;
mod operationalinsights;
mod promises;
mod resources;
mod storage;
mod strays;
