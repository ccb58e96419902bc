//! Every type of AWS through the conformance kit, on emulators that nobody here wrote.

mod ec2;
mod emulated;
mod iam;
mod s3;
