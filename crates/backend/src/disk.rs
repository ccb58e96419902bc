//! What a local disk must be asked so that it keeps what it was given.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use stack_engine::backend::{BackendError, Result};

/// The beginning of the names of files that are still being written. What has it is nobody's.
pub(crate) const UNFINISHED: &str = ".new-";

/// Makes an error of what the system said about a path.
pub(crate) fn failed(
    doing: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> BackendError + use<> {
    let place = path.display().to_string();
    move |source| BackendError::Io {
        doing,
        place,
        source: Box::new(source),
    }
}

/// Runs what may block away from the threads that serve futures, if there is a runtime to ask.
///
/// Without one (a plain thread that polls by itself) it runs in place: a local disk answers in
/// milliseconds, and refusing would make the backend unusable there. What was begun is finished
/// even if the future is dropped.
pub(crate) async fn blocking<T: Send + 'static>(
    doing: &'static str,
    place: &Path,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return work();
    };
    let done = runtime.spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(failed(doing, place)(io::Error::other(error))))
}

/// Makes a folder and those above it, for the owner alone, and sees that they stay.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folder(above)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => sync_folder_of(folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(failed("create", folder)(error)),
    }
}

/// Sees that what was made in or removed from a path's folder stays so.
pub(crate) fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("write", folder))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether [`create_only`] made the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// It did.
    Made,
    /// There was one of that name, which is as it was.
    Existed,
}

/// Makes a file with all of its content, readable by its owner alone, or none.
///
/// The name appears only when the content is durable, and never in place of another file: written
/// under another name, fsync, then a link (or a rename that refuses to replace) and fsync of the
/// folder.
pub(crate) fn create_only(path: &Path, content: &[u8]) -> Result<Created> {
    let folder = folder_of(path);
    make_folder(folder)?;
    // Mode 0600 is what tempfile gives when nothing else is asked for.
    let mut unfinished = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder)
        .map_err(failed("write", path))?;
    unfinished
        .write_all(content)
        .and_then(|()| unfinished.as_file().sync_all())
        .map_err(failed("write", path))?;
    match unfinished.persist_noclobber(path) {
        Ok(_) => sync_folder_of(path).map(|()| Created::Made),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Created::Existed),
        Err(error) => Err(failed("write", path)(error.error)),
    }
}

/// Puts a file in the place of another, if there is one: whole or not at all. Everybody may read it whom the mask of the
/// process does not keep out.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let mut unfinished = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder_of(path))
        .map_err(failed("write", path))?;
    unfinished
        .write_all(content)
        .and_then(|()| unfinished.as_file().sync_all())
        .map_err(failed("write", path))?;
    unfinished
        .persist(path)
        .map_err(|error| failed("write", path)(error.error))?;
    sync_folder_of(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once_for_its_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a/b/c");
        assert_eq!(create_only(&path, b"first").unwrap(), Created::Made);
        assert_eq!(create_only(&path, b"second").unwrap(), Created::Existed);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&temp.path().join("a")), 0o700);
        assert_eq!(mode(&temp.path().join("a/b")), 0o700);
        let names = std::fs::read_dir(temp.path().join("a/b")).unwrap();
        assert_eq!(names.count(), 1, "nothing unfinished is left behind");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("a"), "a file").unwrap();
        let error = make_folder(&temp.path().join("a/b")).unwrap_err();
        let message = error.to_string();
        assert!(
            message.ends_with("/a/b") || message.ends_with("/a"),
            "{message}"
        );
    }

    #[test]
    fn blocking_works_without_a_runtime() {
        let mut future = Box::pin(blocking("read", Path::new("x"), || Ok(7)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let polled = std::future::Future::poll(future.as_mut(), &mut context);
        assert!(matches!(polled, std::task::Poll::Ready(Ok(7))));
    }
}
