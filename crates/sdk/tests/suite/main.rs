//! One test binary: the derives and the declaration from a program's side, and programs that must not compile.

mod compile_fail;
mod declare;
mod derive;
