//! From a URL to a backend.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use stack_engine::backend::{Backend, BackendError};
use stack_model::{Name, NameError};

use crate::object::connect;
use crate::{FileBackend, MemoryBackend, file};

/// Environment variables by name. The stores of clouds take their credentials from them.
pub type Variables = BTreeMap<String, String>;

/// Why a URL leads to no backend.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A place that this version cannot keep state in.
    #[error(
        "state cannot be kept in {url:?}: this version of stack keeps it in `file:<folder>`, such as file:state, \
         in s3://bucket/prefix, az://account/container/prefix or gs://bucket/prefix, and for tests in `memory:`"
    )]
    Unsupported {
        /// The URL.
        url: String,
    },
    /// A `file:` URL with something else than a path.
    #[error(
        "{url:?} does not name a folder: write file:state, or file:/var/lib/stack for an absolute path"
    )]
    Folder {
        /// The URL.
        url: String,
    },
    /// A URL of an object store that leads nowhere.
    #[error("state cannot be kept in {url}: {reason}")]
    Place {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What the URL and the environment say does not make a store.
    #[error("state cannot be kept in {url}")]
    Store {
        /// The URL.
        url: String,
        /// What is wrong.
        #[source]
        source: object_store::Error,
    },
    /// The stack's or the environment's name cannot be part of a path.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Why it cannot be told what is in a backend.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The URL leads to no backend.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backend does not say.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Opens the state of one environment of one stack. Nothing is read or made yet.
///
/// `file:<folder>` is a folder of the local disk, relative to `base`; nothing in it is decoded. An
/// environment's own folder is `<folder>/<stack>/<environment>`. `memory:` is new and empty every time.
///
/// `s3://bucket/prefix`, `az://account/container/prefix` and `gs://bucket/prefix` are object stores, with the same two
/// names below the prefix. They take an `endpoint` and S3 a `region`, as in `s3://bucket/prefix?region=eu-west-3`.
/// Credentials come from `variables`, and where those have none from the metadata service of a cloud's machine.
pub fn open(
    url: &str,
    base: &Path,
    stack: &str,
    environment: &str,
    variables: &Variables,
) -> Result<Box<dyn Backend>, OpenError> {
    // Names cannot lead out of the folder: they have no slash and do not begin with a dot.
    let (stack, environment): (Name, Name) = (stack.parse()?, environment.parse()?);
    let below = Path::new(stack.as_str()).join(environment.as_str());
    match url.split_once(':') {
        Some((scheme, _)) if connect::SCHEMES.contains(&scheme) => {
            let below = [stack.as_str(), environment.as_str()];
            Ok(Box::new(connect::open(url, &below, variables)?))
        }
        Some(("file", path)) => {
            let path = folder(path).ok_or_else(|| OpenError::Folder { url: url.into() })?;
            let place = format!("file:{}", path.join(&below).display());
            let folder = base.join(path).join(below);
            Ok(Box::new(FileBackend::new(folder).called(place)))
        }
        Some(("memory", "")) => Ok(Box::new(MemoryBackend::new())),
        _ => Err(OpenError::Unsupported { url: url.into() }),
    }
}

/// Every environment of every stack that has something in a backend, in the order of their names. What is there besides is
/// passed over.
pub async fn environments(
    url: &str,
    base: &Path,
    variables: &Variables,
) -> Result<Vec<(Name, Name)>, ListError> {
    let names: Vec<(String, String)> = match url.split_once(':') {
        Some((scheme, _)) if connect::SCHEMES.contains(&scheme) => {
            connect::open(url, &[], variables)?.folders().await?
        }
        Some(("file", path)) => {
            let path = folder(path).ok_or_else(|| OpenError::Folder { url: url.into() })?;
            file::folders(&base.join(path)).await?
        }
        Some(("memory", "")) => Vec::new(),
        _ => return Err(OpenError::Unsupported { url: url.into() }.into()),
    };
    let named = names
        .into_iter()
        .filter_map(|(stack, environment)| Some((stack.parse().ok()?, environment.parse().ok()?)));
    let mut named: Vec<(Name, Name)> = named.collect();
    named.sort();
    Ok(named)
}

/// The redacted snapshot of one environment of one stack, in a folder of such snapshots. Nothing is read or made yet.
pub fn snapshot(folder: &Path, stack: &str, environment: &str) -> Result<FileBackend, OpenError> {
    // Names cannot lead out of the folder: they have no slash and do not begin with a dot.
    let (stack, environment): (Name, Name) = (stack.parse()?, environment.parse()?);
    let folder = folder.join(stack.as_str()).join(environment.as_str());
    let place = format!("the snapshot {}", folder.display());
    Ok(FileBackend::new(folder).called(place))
}

/// The folder of a `file:` URL, without its scheme.
fn folder(path: &str) -> Option<PathBuf> {
    let path = match path.strip_prefix("//") {
        // `file:///var`: no host, then an absolute path. `file://state` would be a host.
        Some(path) if path.starts_with('/') => path,
        Some(_) => return None,
        None => path,
    };
    // Only a shell knows what `~` is; we would make a folder of that name.
    (!path.is_empty() && !path.starts_with('~')).then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::holder;

    #[tokio::test]
    async fn a_file_url_is_relative_to_the_base() {
        let temp = tempfile::tempdir().unwrap();
        let backend = open("file:state", temp.path(), "shop", "dev", &Variables::new()).unwrap();
        assert_eq!(backend.place(), "file:state/shop/dev");
        assert!(!temp.path().join("state").exists(), "opening makes nothing");
        let lease = backend.lock(&holder("apply")).await.unwrap();
        assert!(temp.path().join("state/shop/dev/lock").exists());
        lease.release().await.unwrap();

        let absolute = temp.path().join("elsewhere");
        for slashes in ["", "//"] {
            let url = format!("file:{slashes}{}", absolute.display());
            let backend = open(
                &url,
                Path::new("/nowhere"),
                "shop",
                "dev",
                &Variables::new(),
            )
            .unwrap();
            let lease = backend.lock(&holder("apply")).await.unwrap();
            assert!(absolute.join("shop/dev/lock").exists());
            lease.release().await.unwrap();
        }
    }

    #[tokio::test]
    async fn environments_are_listed() {
        let temp = tempfile::tempdir().unwrap();
        let list = async || environments("file:state", temp.path(), &Variables::new()).await;
        let missing = list().await.unwrap_err();
        assert!(matches!(missing, ListError::Backend(_)), "{missing}");
        for (stack, environment) in [("shop", "pr-2"), ("shop", "pr-1"), ("network", "dev")] {
            let backend = open(
                "file:state",
                temp.path(),
                stack,
                environment,
                &Variables::new(),
            );
            let lease = backend.unwrap().lock(&holder("apply")).await.unwrap();
            lease.commit(1, b"state").await.unwrap();
            lease.release().await.unwrap();
        }
        // What is no environment.
        std::fs::write(temp.path().join("state/README.md"), "about this folder").unwrap();
        std::fs::create_dir_all(temp.path().join("state/shop/notes/old")).unwrap();
        std::fs::create_dir_all(temp.path().join("state/.git/objects/state")).unwrap();
        let listed = list().await.unwrap();
        let named = listed
            .iter()
            .map(|(stack, environment)| format!("{stack}/{environment}"));
        assert_eq!(
            named.collect::<Vec<_>>(),
            ["network/dev", "shop/pr-1", "shop/pr-2"]
        );
        assert!(matches!(
            environments("ftp://nowhere", temp.path(), &Variables::new()).await,
            Err(ListError::Open(_))
        ));
    }

    #[tokio::test]
    async fn memory_is_new_every_time() {
        let backend = open("memory:", Path::new("."), "shop", "dev", &Variables::new()).unwrap();
        let lease = backend.lock(&holder("apply")).await.unwrap();
        lease.commit(1, b"state").await.unwrap();
        let backend = open("memory:", Path::new("."), "shop", "dev", &Variables::new()).unwrap();
        assert!(backend.serials().await.unwrap().is_empty());
    }

    fn refused(url: &str, stack: &str, environment: &str) -> OpenError {
        match open(
            url,
            Path::new("/nowhere"),
            stack,
            environment,
            &Variables::new(),
        ) {
            Ok(backend) => panic!("{url} opened {}", backend.place()),
            Err(error) => error,
        }
    }

    #[test]
    fn other_places_are_refused_with_what_there_is() {
        for url in [
            "ftp://bucket/prefix",
            "S3://bucket",
            "state",
            "",
            "memory:x",
        ] {
            let message = refused(url, "shop", "dev").to_string();
            assert!(message.contains(&format!("{url:?}")), "{message}");
            assert!(
                message.contains("file:") && message.contains("memory:"),
                "{message}"
            );
        }
    }

    #[test]
    fn object_stores_are_named_by_their_url() {
        let credentials = Variables::from(
            [
                ("AWS_ACCESS_KEY_ID", "a"),
                ("AWS_SECRET_ACCESS_KEY", "b"),
                ("AZURE_STORAGE_ACCOUNT_KEY", "YQ=="),
                ("GOOGLE_SERVICE_ACCOUNT_KEY", "{}"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let named = [
            ("s3://bucket", "s3://bucket/shop/dev"),
            (
                "s3://bucket/a/b/?region=eu-west-3",
                "s3://bucket/a/b/shop/dev",
            ),
            (
                "s3://bucket?endpoint=https://s3.example.com",
                "s3://bucket/shop/dev",
            ),
            (
                "s3://bucket?endpoint=http://127.0.0.1:9000",
                "s3://bucket/shop/dev",
            ),
            (
                "s3://bucket?endpoint=http://[::1]:9000",
                "s3://bucket/shop/dev",
            ),
            (
                "az://account/container/a",
                "az://account/container/a/shop/dev",
            ),
            (
                "gs://bucket/a?endpoint=http://localhost:1",
                "gs://bucket/a/shop/dev",
            ),
        ];
        for (url, place) in named {
            let backend = open(url, Path::new("/nowhere"), "shop", "dev", &credentials);
            assert_eq!(backend.unwrap().place(), place);
        }
    }

    #[test]
    fn urls_of_object_stores_that_lead_nowhere_are_refused() {
        let refused_for = [
            ("s3://", "no bucket"),
            ("az://account", "write az://account/container/prefix"),
            (
                "s3://key:secret@bucket",
                "credentials do not belong in a URL",
            ),
            ("s3://bucket:80/x", "port"),
            ("s3://bucket?zone=a", "it takes region and endpoint"),
            ("gs://bucket?region=a", "it takes endpoint"),
            ("s3://bucket?endpoint=nowhere", "is no URL"),
            ("s3://bucket?endpoint=ftp://example.com", "is not https://"),
            ("s3://bucket?endpoint=http://example.com", "clear text"),
            (
                "gs://bucket?endpoint=http://localhost.example.com",
                "clear text",
            ),
            (
                "az://account/container?endpoint=http://10.0.0.1",
                "clear text",
            ),
        ];
        for (url, reason) in refused_for {
            let message = refused(url, "shop", "dev").to_string();
            assert!(message.contains(reason), "{url}: {message}");
        }
        let variables = Variables::from([("AWS_ENDPOINT_URL".into(), "http://example.com".into())]);
        let error = open("s3://bucket", Path::new("."), "shop", "dev", &variables);
        assert!(error.is_err_and(|error| error.to_string().contains("clear text")));
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        for url in ["file:", "file://", "file://state", "file:~/state"] {
            let found = refused(url, "shop", "dev");
            assert!(matches!(found, OpenError::Folder { url: named } if named == url));
        }
    }

    #[test]
    fn names_cannot_lead_out_of_the_folder() {
        for name in ["..", "a/b", "", ".hidden", "/etc"] {
            assert!(matches!(
                refused("file:state", name, "dev"),
                OpenError::Name(_)
            ));
            assert!(matches!(
                refused("file:state", "shop", name),
                OpenError::Name(_)
            ));
        }
    }
}
