//! Programs that must not compile, and what the compiler says about them.

#[test]
fn the_compiler_says_what_to_do() {
    trybuild::TestCases::new().compile_fail("tests/suite/programs/*.rs");
}
