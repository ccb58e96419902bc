//! Resources that belong together, declared as one.

use crate::error::Result;
use crate::program::Stack;

/// Resources that belong together, such as a database with its subnet group, security group and password.
///
/// What [`build`](Self::build) adds is named `<instance>-<child>`, where the instance is the name given to
/// [`Stack::component`]. Enclosing components add nothing, so moving a component into another renames nothing.
///
/// ```
/// # use stack::{example::Bucket, prelude::*};
/// struct Site {
///     region: String,
/// }
///
/// impl Component for Site {
///     type Handle = Output<String>;
///
///     fn build(self, stack: &mut Stack) -> Result<Output<String>> {
///         let files = stack.add("files", Bucket::builder().region(self.region).build());
///         Ok(files.arn)
///     }
/// }
///
/// fn program(stack: &mut Stack, _: ()) -> Result<()> {
///     let arn = stack.component("blog", Site { region: "eu-west-3".into() })?;
///     stack.output("BLOG", arn);
///     Ok(())
/// }
///
/// let graph = stack::testing::graph(program, ());
/// assert_eq!(graph.resources[0].urn().as_str(), "test:storage:Bucket/blog-files");
/// ```
pub trait Component {
    /// What the rest of the program refers to it by.
    type Handle;

    /// Declares its resources.
    fn build(self, stack: &mut Stack) -> Result<Self::Handle>;
}
