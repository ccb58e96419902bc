//! What a request asks of a cloud, seen from outside: from HTTP to the actions of the cloud's policies.
//!
//! Written from the clouds' references, and sharing nothing with the providers: what they declare is held against it.

use serde_json::Value as Json;

/// A request.
pub struct Request<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its path, with the query.
    pub path: &'a str,
    /// Its headers, by their names in lower case.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// Its body.
    pub body: &'a [u8],
}

impl Request<'_> {
    /// The actions of AWS that it takes, as IAM's policies name them: `s3:ListBucket`. None when it is not signed for a
    /// service.
    ///
    /// By the Service Authorization Reference: an action has the name of its operation, but for those of S3.
    pub fn of_aws(&self) -> Vec<String> {
        let authorization = (self.header)("authorization").unwrap_or_default();
        // Credential=KEY/DATE/REGION/SERVICE/aws4_request
        let scope = authorization.split("Credential=").nth(1).unwrap_or("");
        let Some(service) = scope.split('/').nth(3) else {
            return Vec::new();
        };
        let prefix = match service {
            "monitoring" => "cloudwatch",
            other => other,
        };
        let operations = match service {
            "s3" => self.of_s3(),
            "route53" => vec![self.of_route53()],
            _ => vec![self.operation()],
        };
        let named = operations.into_iter();
        named.map(|name| format!("{prefix}:{name}")).collect()
    }

    /// What a request to AWS is about, where policies can be narrowed down to it: the names and ARNs of roles, buckets,
    /// secrets, repositories and log groups.
    pub fn names_of_aws(&self) -> Vec<String> {
        let actions = self.of_aws();
        let service = actions.first().and_then(|action| action.split(':').next());
        let path = self.parts().0.trim_matches('/');
        let body = String::from_utf8_lossy(self.body);
        match service {
            Some("s3") => path
                .split('/')
                .next()
                .map(str::to_owned)
                .into_iter()
                .collect(),
            Some("iam") => {
                let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
                let role = pairs.find(|(key, _)| *key == "RoleName");
                role.map(|(_, name)| name.to_owned()).into_iter().collect()
            }
            Some("ecr" | "logs" | "secretsmanager") => {
                let json: Json = serde_json::from_slice(self.body).unwrap_or_default();
                let several = json["repositoryNames"].as_array().into_iter().flatten();
                NAMES
                    .iter()
                    .map(|field| &json[*field])
                    .chain(several)
                    .filter_map(Json::as_str)
                    .map(str::to_owned)
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The operation of a service that is told which in a header, in a form, or at the end of the path.
    fn operation(&self) -> String {
        if let Some(target) = (self.header)("x-amz-target") {
            return last(&target, '.').to_owned();
        }
        let body = String::from_utf8_lossy(self.body);
        let action = body
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="));
        match action {
            Some(action) => action.to_owned(),
            None => last(self.parts().0, '/').to_owned(),
        }
    }

    /// The path, and the query.
    fn parts(&self) -> (&str, &str) {
        self.path.split_once('?').unwrap_or((self.path, ""))
    }

    fn of_s3(&self) -> Vec<String> {
        let (path, query) = self.parts();
        let of_object = path.trim_matches('/').contains('/');
        let mut names = query
            .split('&')
            .map(|pair| pair.split('=').next().unwrap_or(""));
        let has = |name: &str| {
            query
                .split('&')
                .any(|pair| pair.split('=').next() == Some(name))
        };
        if self.method == "POST" && has("delete") {
            let versions = String::from_utf8_lossy(self.body).contains("<VersionId>");
            let mut actions = vec!["DeleteObject".to_owned()];
            actions.extend(versions.then(|| "DeleteObjectVersion".to_owned()));
            return actions;
        }
        if of_object {
            let version = if has("versionId") { "Version" } else { "" };
            let verb = match self.method {
                "GET" | "HEAD" => "Get",
                "DELETE" => "Delete",
                _ => "Put",
            };
            return vec![format!("{verb}Object{version}")];
        }
        let part = names.find_map(|name| S3_PARTS.iter().find(|(query, ..)| *query == name));
        let action = match (part, self.method) {
            (Some((_, read, _, _)), "GET") => *read,
            (Some((_, _, write, _)), "PUT") => *write,
            (Some((_, _, _, delete)), "DELETE") => *delete,
            (None, "HEAD" | "GET") => "ListBucket",
            (None, "PUT") => "CreateBucket",
            (None, "DELETE") => "DeleteBucket",
            _ => return vec![format!("{} {}", self.method, self.path)],
        };
        vec![action.to_owned()]
    }

    fn of_route53(&self) -> String {
        let path = self.parts().0.trim_matches('/');
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let name = match (self.method, parts.as_slice()) {
            ("GET", ["hostedzone", _]) => "GetHostedZone",
            ("GET", ["hostedzonesbyname"]) => "ListHostedZonesByName",
            ("GET", ["hostedzone", _, "rrset"]) => "ListResourceRecordSets",
            ("POST", ["hostedzone", _, "rrset"]) => "ChangeResourceRecordSets",
            ("GET", ["change", _]) => "GetChange",
            _ => return format!("{} {path}", self.method),
        };
        name.to_owned()
    }

    /// The action of Azure that it takes, as roles name it: `Microsoft.Network/virtualNetworks/read`. None when it is not
    /// for Azure Resource Manager.
    ///
    /// <https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations>
    pub fn of_azure(&self) -> Option<String> {
        let path = self.parts().0;
        if !path.to_ascii_lowercase().starts_with("/subscriptions") {
            return None;
        }
        let mut names: Vec<&str> = path.trim_matches('/').split('/').collect();
        let is_read = POSTS_THAT_READ.iter().any(|read| path.ends_with(read));
        let verb = match self.method {
            "GET" | "HEAD" => "read".to_owned(),
            "DELETE" => "delete".to_owned(),
            "POST" if is_read => "read".to_owned(),
            "PUT" | "PATCH" => "write".to_owned(),
            _ => format!("{}/action", names.pop().unwrap_or_default()),
        };
        let provider = names
            .iter()
            .rposition(|name| name.eq_ignore_ascii_case("providers"));
        let kinds = |names: &[&str]| {
            let kinds: Vec<&str> = names.iter().step_by(2).copied().collect();
            kinds.join("/")
        };
        Some(match provider {
            // Of the namespace itself: whether it is registered, and in which versions.
            Some(at) if at + 2 == names.len() && self.method == "GET" => {
                "Microsoft.Resources/subscriptions/providers/read".to_owned()
            }
            Some(at) if at + 2 == names.len() => format!("{}/{verb}", names[at + 1]),
            Some(at) => format!("{}/{}/{verb}", names[at + 1], kinds(&names[at + 2..])),
            None => format!("Microsoft.Resources/{}/{verb}", kinds(&names)),
        })
    }
}

/// Whether an action changes nothing. AWS: the access levels *Read* and *List* of the Service Authorization Reference, which
/// in the services used here are what begins with these words. Azure: GET and HEAD; and the POSTs that list or check, as
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources> tells them from others.
pub fn reads(method: &str, action: &str) -> bool {
    match action.split_once(':') {
        Some((_, name)) => ["Describe", "Get", "List", "Simulate"]
            .iter()
            .any(|word| name.starts_with(word)),
        None => {
            if action.ends_with("/read") {
                return matches!(method, "GET" | "HEAD" | "POST");
            }
            let word = action.trim_end_matches("/action");
            let word = last(word, '/');
            let asks =
                word.starts_with("list") || word.starts_with("check") || word == "sharedKeys";
            method == "POST" && asks
        }
    }
}

/// What some services call a read though it is a POST.
const POSTS_THAT_READ: [&str; 3] = [
    "/Microsoft.ContainerRegistry/checkNameAvailability",
    "/Microsoft.KeyVault/checkNameAvailability",
    "/Microsoft.Storage/checkNameAvailability",
];

/// What the fields are called in which services that speak JSON name what a request is about.
const NAMES: [&str; 7] = [
    "repositoryName",
    "logGroupName",
    "SecretId",
    "Name",
    "ARN",
    "resourceArn",
    "logGroupIdentifier",
];

fn last(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or_default()
}

/// The parts of a bucket, by the query that asks for them, with the actions to read, write and delete them.
const S3_PARTS: [(&str, &str, &str, &str); 10] = [
    ("versions", "ListBucketVersions", "", ""),
    (
        "versioning",
        "GetBucketVersioning",
        "PutBucketVersioning",
        "",
    ),
    (
        "encryption",
        "GetEncryptionConfiguration",
        "PutEncryptionConfiguration",
        "PutEncryptionConfiguration",
    ),
    (
        "publicAccessBlock",
        "GetBucketPublicAccessBlock",
        "PutBucketPublicAccessBlock",
        "PutBucketPublicAccessBlock",
    ),
    (
        "ownershipControls",
        "GetBucketOwnershipControls",
        "PutBucketOwnershipControls",
        "PutBucketOwnershipControls",
    ),
    (
        "policy",
        "GetBucketPolicy",
        "PutBucketPolicy",
        "DeleteBucketPolicy",
    ),
    ("cors", "GetBucketCORS", "PutBucketCORS", "PutBucketCORS"),
    (
        "tagging",
        "GetBucketTagging",
        "PutBucketTagging",
        "PutBucketTagging",
    ),
    ("logging", "GetBucketLogging", "PutBucketLogging", ""),
    (
        "lifecycle",
        "GetLifecycleConfiguration",
        "PutLifecycleConfiguration",
        "PutLifecycleConfiguration",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(service: &str, method: &str, path: &str, body: &str) -> Vec<String> {
        let header = |name: &str| {
            (name == "authorization").then(|| {
                format!("AWS4-HMAC-SHA256 Credential=1/20260101/eu-west-3/{service}/aws4_request")
            })
        };
        let request = Request {
            method,
            path,
            header: &header,
            body: body.as_bytes(),
        };
        request.of_aws()
    }

    #[test]
    fn a_request_to_aws_has_the_name_that_policies_have_for_it() {
        for (service, method, path, body, action) in [
            (
                "ec2",
                "POST",
                "/",
                "Action=CreateVpc&Version=1",
                "ec2:CreateVpc",
            ),
            ("s3", "HEAD", "/files", "", "s3:ListBucket"),
            ("s3", "PUT", "/files", "", "s3:CreateBucket"),
            (
                "s3",
                "GET",
                "/files?encryption",
                "",
                "s3:GetEncryptionConfiguration",
            ),
            ("s3", "DELETE", "/files?cors", "", "s3:PutBucketCORS"),
            ("s3", "PUT", "/files/a/b?x-id=PutObject", "", "s3:PutObject"),
            (
                "monitoring",
                "POST",
                "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
                "",
                "cloudwatch:DescribeAlarms",
            ),
            (
                "route53",
                "POST",
                "/2013-04-01/hostedzone/Z/rrset/",
                "",
                "route53:ChangeResourceRecordSets",
            ),
        ] {
            assert_eq!(aws(service, method, path, body), [action]);
        }
        let both = aws("s3", "POST", "/files?delete", "<VersionId>1</VersionId>");
        assert_eq!(both, ["s3:DeleteObject", "s3:DeleteObjectVersion"]);
    }

    #[test]
    fn reads_are_told_from_writes() {
        for (method, action) in [
            ("POST", "ec2:DescribeVpcs"),
            ("HEAD", "s3:ListBucket"),
            ("GET", "Microsoft.App/jobs/read"),
            ("POST", "Microsoft.Storage/storageAccounts/listKeys/action"),
        ] {
            assert!(reads(method, action), "{method} {action}");
        }
        for (method, action) in [
            ("POST", "ec2:CreateVpc"),
            ("GET", "s3:PutBucketPolicy"),
            ("PUT", "Microsoft.App/jobs/write"),
            ("POST", "Microsoft.App/jobs/start/action"),
            (
                "POST",
                "Microsoft.Storage/storageAccounts/regenerateKey/action",
            ),
            (
                "DELETE",
                "Microsoft.Storage/storageAccounts/listKeys/action",
            ),
        ] {
            assert!(!reads(method, action), "{method} {action}");
        }
    }

    #[test]
    fn a_request_to_azure_has_the_name_that_roles_have_for_it() {
        let group = "/subscriptions/s/resourceGroups/g";
        for (method, path, action) in [
            (
                "GET",
                "/subscriptions/s?api-version=1".to_owned(),
                "Microsoft.Resources/subscriptions/read",
            ),
            (
                "PUT",
                group.to_owned(),
                "Microsoft.Resources/subscriptions/resourceGroups/write",
            ),
            (
                "DELETE",
                format!("{group}/providers/Microsoft.Network/virtualNetworks/v/subnets/a"),
                "Microsoft.Network/virtualNetworks/subnets/delete",
            ),
            (
                "POST",
                format!("{group}/providers/Microsoft.Storage/storageAccounts/a/listKeys"),
                "Microsoft.Storage/storageAccounts/listKeys/action",
            ),
            (
                "GET",
                format!(
                    "{group}/providers/Microsoft.Cache/redis/a/providers/Microsoft.Authorization/roleAssignments/r"
                ),
                "Microsoft.Authorization/roleAssignments/read",
            ),
            (
                "GET",
                "/subscriptions/s/providers/Microsoft.App".to_owned(),
                "Microsoft.Resources/subscriptions/providers/read",
            ),
            (
                "POST",
                "/subscriptions/s/providers/Microsoft.Storage/checkNameAvailability".to_owned(),
                "Microsoft.Storage/checkNameAvailability/read",
            ),
            (
                "POST",
                "/subscriptions/s/providers/Microsoft.DBforPostgreSQL/checkNameAvailability"
                    .to_owned(),
                "Microsoft.DBforPostgreSQL/checkNameAvailability/action",
            ),
            (
                "GET",
                "/subscriptions/s/operationresults/o".to_owned(),
                "Microsoft.Resources/subscriptions/operationresults/read",
            ),
        ] {
            let request = Request {
                method,
                path: &path,
                header: &|_| None,
                body: &[],
            };
            assert_eq!(request.of_azure().as_deref(), Some(action));
        }
    }
}
