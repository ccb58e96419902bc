use stack::example::Bucket;

fn main() {
    let _ = Bucket::builder().region(5);
    let _ = Bucket::builder().region("a").region("b");
}
