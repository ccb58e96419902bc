//! Many objects by one Describe call.
//!
//! By a filter and not by a list of ids: EC2 refuses the whole list where one of them is gone, and a filter leaves that one
//! out. <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>

use aws_sdk_ec2::types::Filter;

use crate::listed::sdk;
pub(super) use crate::listed::under_ids;

/// The most values that a filter takes.
pub(super) const AT_ONCE: usize = 200;

/// Those with one of these ids.
pub(super) fn by(name: &str, ids: &[&str]) -> Filter {
    Filter::builder().name(name).set_values(sdk(ids)).build()
}
