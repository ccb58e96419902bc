//! Plans and what they cost, on the answers in `answers`.

mod documents;
mod lists;
mod money;
mod old;
