//! Programs of the system.

/// Where a program is: `dockerd` of the package lives in /usr/sbin, which not every PATH has.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = ["/usr/sbin", "/usr/bin", "/sbin"].into_iter().map(Into::into).chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}
