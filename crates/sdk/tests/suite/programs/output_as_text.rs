use stack::example::BucketHandle;

fn main() {}

pub fn show(bucket: &BucketHandle) -> String {
    println!("{}", bucket.arn);
    let _ = bucket.arn.to_string();
    format!("s3://{}", bucket.arn)
}
