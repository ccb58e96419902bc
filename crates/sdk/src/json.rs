//! `json!`: structures with outputs in them.

/// A structure written as JSON whose values are any expressions, outputs among them. Gives an `Output<Value>`.
///
/// ```
/// # use stack::prelude::*;
/// # let role = Output::<String>::known("arn:aws:iam::1:role/app");
/// let policy = json!({
///     "Version": "2012-10-17",
///     "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Principal": {"AWS": role}}],
/// });
/// let text: Output<String> = policy.to_json();
/// ```
#[macro_export]
macro_rules! json {
    ($($tokens:tt)+) => {
        $crate::Output::<$crate::Value>::from_expr($crate::__json!($($tokens)+))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __json {
    (null) => { <$crate::Expr as ::core::default::Default>::default() };
    ([ $($items:tt)* ]) => {{
        #[allow(unused_mut)]
        let mut items = $crate::__private::no_items();
        $crate::__json!(@list items $($items)*);
        $crate::Expr::list(items)
    }};
    ({ $($entries:tt)* }) => {{
        #[allow(unused_mut)]
        let mut entries = ::std::collections::BTreeMap::<::std::string::String, $crate::Expr>::new();
        $crate::__json!(@map entries $($entries)*);
        $crate::Expr::map(entries)
    }};
    ($value:expr) => { $crate::ToExpr::to_expr(&$value) };

    (@list $items:ident) => {};
    (@list $items:ident null $(, $($rest:tt)*)?) => {
        $items.push($crate::__json!(null));
        $crate::__json!(@list $items $($($rest)*)?);
    };
    (@list $items:ident [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $items.push($crate::__json!([ $($inner)* ]));
        $crate::__json!(@list $items $($($rest)*)?);
    };
    (@list $items:ident { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $items.push($crate::__json!({ $($inner)* }));
        $crate::__json!(@list $items $($($rest)*)?);
    };
    (@list $items:ident $value:expr $(, $($rest:tt)*)?) => {
        $items.push($crate::__json!($value));
        $crate::__json!(@list $items $($($rest)*)?);
    };

    (@map $entries:ident) => {};
    (@map $entries:ident $key:tt : null $(, $($rest:tt)*)?) => {
        $entries.insert(::std::convert::Into::into($key), $crate::__json!(null));
        $crate::__json!(@map $entries $($($rest)*)?);
    };
    (@map $entries:ident $key:tt : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $entries.insert(::std::convert::Into::into($key), $crate::__json!([ $($inner)* ]));
        $crate::__json!(@map $entries $($($rest)*)?);
    };
    (@map $entries:ident $key:tt : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $entries.insert(::std::convert::Into::into($key), $crate::__json!({ $($inner)* }));
        $crate::__json!(@map $entries $($($rest)*)?);
    };
    (@map $entries:ident $key:tt : $value:expr $(, $($rest:tt)*)?) => {
        $entries.insert(::std::convert::Into::into($key), $crate::__json!($value));
        $crate::__json!(@map $entries $($($rest)*)?);
    };
}

#[cfg(test)]
mod tests {
    use crate::Output;

    #[test]
    fn structures_hold_values_and_outputs() {
        let path = ["a"].into_iter().collect();
        let output = Output::<String>::from_expr(crate::Expr::Config(path));
        let key = "k".to_owned();
        let made = json!({
            "list": [1, null, [true], {"x": 1.5}, output, 1 + 1],
            (key): {"none": null, "text": "t".to_uppercase()},
        });
        assert_eq!(
            serde_json::to_value(made.expr()).unwrap(),
            serde_json::json!({
                "list": [1, null, [true], {"x": 1.5}, {"$config": ["a"]}, 2],
                "k": {"none": null, "text": "T"},
            })
        );
    }
}
