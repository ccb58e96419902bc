use stack::example::Bucket;

fn main() {
    let _ = Bucket::builder().tags([("a", "b")]).build();
}
