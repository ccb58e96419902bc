//! The engine from outside: everything here goes through a session, on a fake cloud and a disk in memory.

mod end_to_end;
