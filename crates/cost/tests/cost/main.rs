//! Plans and what they cost, on the answers in `answers`.

mod documents;
mod judge;
mod lists;
mod money;
mod old;
