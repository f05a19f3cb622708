//! `cargo xtask package`: what is handed out at a release: the program with its manual pages and completions as one archive, and a container image.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use crate::playground::engine;
use crate::support::{host, paths};

/// The image that is made.
const IMAGE: &str = "stews:package";

/// The most that the program of an image may be, in bytes.
const MOST: u64 = 12_000_000;

/// The shells that completions are made for, with the names that the files have there.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "stews.bash"),
    ("zsh", "_stews"),
    ("fish", "stews.fish"),
    ("powershell", "_stews.ps1"),
    ("elvish", "stews.elv"),
];

/// What is made.
#[derive(Debug, Args)]
pub struct Plan {
    /// The target triple of the program; without it, this machine's
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Make a container image with the program and nothing else, stews:package, in place of an archive (Linux)
    #[arg(long)]
    image: bool,
}

/// Builds the program and packs it; says where the package is.
pub fn run(plan: &Plan) -> Result<()> {
    let target = plan.target.clone().map_or_else(host::triple, Ok)?;
    let program = build(&target)?;
    let size = program.metadata()?.len();
    println!("{} ({:.1} MB)", program.display(), size as f64 / 1e6);
    if plan.image { image(&program, size) } else { archive(&program, &target) }
}

/// The release build for a target: static on Linux.
fn build(target: &str) -> Result<PathBuf> {
    let folder = paths::root()?.join("target/package/build");
    println!("build: stews for {target} (some minutes) …");
    let mut cargo = Command::new("cargo");
    // The target is named so that the flags are for the program alone, not for build scripts and macros.
    cargo.args(["build", "--release", "--package", "stews", "--locked", "--target", target, "--target-dir"]);
    cargo.arg(&folder);
    if target.contains("linux") || target.contains("msvc") {
        cargo.env("RUSTFLAGS", "-C target-feature=+crt-static");
    }
    ensure!(cargo.status().context("cannot run cargo")?.success(), "cargo build failed");
    let name = if target.contains("windows") { "stews.exe" } else { "stews" };
    let program = folder.join(target).join("release").join(name);
    ensure!(program.is_file(), "there is no `{}`", program.display());
    Ok(program)
}

/// The program with its manual pages, completions, licences and README as `target/package/stews-TARGET.tar.gz`, or as a zip archive for Windows.
fn archive(program: &Path, target: &str) -> Result<()> {
    let root = paths::root()?;
    let package = root.join("target/package");
    let name = format!("stews-{target}");
    let folder = package.join(&name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(folder.join("completions"))?;
    let copy = |from: &Path| -> Result<()> {
        let to = folder.join(from.file_name().unwrap_or_default());
        std::fs::copy(from, &to).with_context(|| format!("cannot copy `{}`", from.display())).map(|_| ())
    };
    copy(program)?;
    for file in ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root.join(file))?;
    }
    said(program, &["manpage".as_ref(), "--all".as_ref(), folder.join("man").as_os_str()])?;
    for (shell, file) in SHELLS {
        std::fs::write(
            folder.join("completions").join(file),
            said(program, &["completions".as_ref(), shell.as_ref()])?,
        )?;
    }
    let (end, mode) = if target.contains("windows") { ("zip", "--auto-compress") } else { ("tar.gz", "--gzip") };
    let packed = package.join(format!("{name}.{end}"));
    // The tar of Windows writes zip archives too, as the name says.
    run_tar(&packed, &package, &name, mode)?;
    println!("{}", packed.display());
    Ok(())
}

fn run_tar(packed: &Path, package: &Path, name: &str, mode: &str) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.args(["--create", mode, "--file"]).arg(packed).arg("--directory").arg(package).arg(name);
    ensure!(tar.status().context("cannot run tar")?.success(), "tar failed");
    Ok(())
}

/// What the program prints; a program for another machine cannot be asked here.
fn said(program: &Path, arguments: &[&std::ffi::OsStr]) -> Result<Vec<u8>> {
    let output = Command::new(program).args(arguments).output();
    let output = output.with_context(|| format!("cannot run `{}`, which is for another machine", program.display()))?;
    ensure!(output.status.success(), "`{}` failed: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// An image with the static program and nothing else, from which `docker run` takes a target.
fn image(program: &Path, size: u64) -> Result<()> {
    ensure!(size <= MOST, "the program is {size} bytes, more than {MOST}");
    let context = tempfile::tempdir()?;
    std::fs::copy(program, context.path().join("stews"))?;
    std::fs::copy(paths::root()?.join("packaging/Dockerfile"), context.path().join("Dockerfile"))?;
    let built = engine::docker().args(["build", "--quiet", "--tag", IMAGE]).arg(context.path()).output();
    let built = built.context("cannot run `docker`")?;
    if !built.status.success() {
        bail!("docker build failed: {}", String::from_utf8_lossy(&built.stderr).trim());
    }
    let bytes: u64 = engine::output(&["image", "inspect", "--format", "{{.Size}}", IMAGE])?.parse()?;
    println!("image {IMAGE}: {:.1} MB", bytes as f64 / 1e6);
    println!("{}", engine::output(&["run", "--rm", IMAGE, "--version"])?);
    Ok(())
}
