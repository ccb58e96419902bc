use stack::resource::*;

/// A thing.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("test:x:Thing", unique("nam"))]
pub struct Thing {
    /// Its name.
    #[input]
    pub name: String,
}

/// Another thing.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("test:x:Other")]
pub struct Other {
    #[input]
    pub undocumented: String,
    /// Neither input nor output.
    pub unmarked: String,
    /// A word that nobody knows.
    #[input(replace)]
    pub unknown: String,
    /// A reset of another type.
    #[input(reset = "no")]
    pub open: Option<bool>,
}

fn main() {}
