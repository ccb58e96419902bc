//! What a body may say: the tables in `schemas/tables`, and the check of a body against one.

mod check;
mod strip;
mod table;

pub use check::{Problem, Trouble, check_answer, check_request};
pub use strip::without_read_only;
pub use table::{Schema, Verb};
