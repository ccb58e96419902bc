use super::*;

#[test]
fn nothing_ends_a_block_from_within() {
    assert_eq!(fenced("", "a ```` b\n"), "`````\na ```` b\n`````\n");
}
