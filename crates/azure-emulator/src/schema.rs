//! What a body may say: the tables in `schemas/tables`, and the check of a body against one.

mod check;
mod table;

pub use check::{Problem, Trouble, check_answer, check_request, without_read_only};
pub use table::{Schema, Verb};
