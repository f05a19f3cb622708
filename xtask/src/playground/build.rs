//! Images of bases and servers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use crate::playground::engine::{self, docker};
use crate::playground::manifest::Server;
use crate::playground::recipe_files;
use crate::support::paths;

/// The label that says what an image was built from.
const RECIPE_LABEL: &str = "stews.recipe";

/// Settings of the host that builds need where packages come through a mirror or a proxy.
const HOST_SETTINGS: &[&str] = &["NPM_CONFIG_REGISTRY", "PIP_INDEX_URL", "GOPROXY", "MAVEN_MIRROR", "DOTNET_SDK"];
const PROXY_SETTINGS: &[&str] = &["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// What a build came to.
#[derive(Clone, Debug)]
pub enum Built {
    /// There is an image.
    Image(ImageInfo),
    /// It cannot be built here, and why.
    NotBuilt(String),
}

/// A built image.
#[derive(Clone, Debug)]
pub struct ImageInfo {
    /// Its id.
    pub id: String,
    /// The hash of its recipe.
    pub recipe: String,
    /// `name version` of what is inside.
    pub packages: Vec<String>,
}

/// Builds what is missing or out of date, `jobs` servers at a time, each with the bases under it, so that the first is there long before the last;
/// `built` takes the place of each in `servers` with what it came to, as it comes.
pub fn build_each(servers: &[Server], jobs: u8, built: impl Fn(usize, Result<Built>) + Sync) -> Result<()> {
    let playground = paths::root()?.join("playground");
    let next = Mutex::new(0..servers.len());
    // Several servers stand on one base.
    let bases = Mutex::new(());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(index) = next.lock().ok().and_then(|mut left| left.next()) {
                    let server = &servers[index];
                    let under = bases.lock().map_err(|_| anyhow!("a build thread failed"));
                    let under = under.and_then(|_| build_bases(std::slice::from_ref(server)));
                    built(index, under.and_then(|()| build_server(server, &playground)));
                }
            });
        }
    });
    Ok(())
}

/// Builds what is missing or out of date, `jobs` at a time; the results in the order of `servers`.
pub fn build(servers: &[Server], jobs: u8) -> Result<Vec<Built>> {
    let playground = paths::root()?.join("playground");
    build_bases(servers)?;
    let results: Mutex<BTreeMap<usize, Result<Built>>> = Mutex::default();
    let next = Mutex::new(0..servers.len());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(index) = next.lock().ok().and_then(|mut left| left.next()) {
                    let built = build_server(&servers[index], &playground);
                    if let Ok(mut results) = results.lock() {
                        results.insert(index, built);
                    }
                }
            });
        }
    });
    let results = results.into_inner().ok().context("a build thread failed")?;
    results.into_values().collect()
}

/// Builds the bases under servers that are missing or out of date.
pub fn build_bases(servers: &[Server]) -> Result<()> {
    let playground = paths::root()?.join("playground");
    for (base, suite) in bases_needed(servers, &playground)? {
        build_base(&playground, &base, &suite)?;
    }
    Ok(())
}

/// Builds a server on bases that are built, if it is missing or out of date.
pub fn build_one(server: &Server) -> Result<Built> {
    build_server(server, &paths::root()?.join("playground"))
}

/// The text of `/app/pins` after the build of `dockerfile` with the files and arguments of a server.
pub fn pins_of(server: &Server, dockerfile: &Path) -> Result<String> {
    let image = format!("{}-pins", server.image());
    let context = context_of(&server.manifest.folder, &server.files()?)?;
    docker_build(
        &format!("pins of {}", server.id()),
        &image,
        context.path(),
        dockerfile,
        &arguments(server, dockerfile, "pins")?,
    )?;
    let pins = engine::output(&["run", "--rm", "--network=none", "--entrypoint=cat", &image, "/app/pins"])? + "\n";
    engine::remove_image(&image);
    Ok(pins)
}

/// All bases that stand under these servers with their suites, the lowest first.
fn bases_needed(servers: &[Server], playground: &Path) -> Result<Vec<(String, String)>> {
    let mut needed = Vec::new();
    for server in servers.iter().filter(|server| server.manifest.blocked.is_none()) {
        for base in server.bases(playground)? {
            let base = (base, server.suite().to_owned());
            if !needed.contains(&base) {
                needed.push(base);
            }
        }
    }
    Ok(needed)
}

/// The image of a base, built with all below it where that is missing or out of date.
pub fn ensure_base(base: &str, suite: &str) -> Result<String> {
    let playground = paths::root()?.join("playground");
    for part in recipe_files::base_chain(&playground, base)? {
        build_base(&playground, &part, suite)?;
    }
    Ok(base_image(base, suite))
}

/// The settings of the host that whatever fetches packages needs, as far as they are set. Named alone, each takes the value of the
/// environment, and no address is written anywhere.
pub fn mirror_settings() -> impl Iterator<Item = &'static str> {
    let all = HOST_SETTINGS.iter().chain(PROXY_SETTINGS).copied();
    all.filter(|name| std::env::var_os(name).is_some())
}

fn base_image(base: &str, suite: &str) -> String {
    format!("stews-playground/base-{base}:{suite}")
}

fn build_base(playground: &Path, base: &str, suite: &str) -> Result<()> {
    let image = base_image(base, suite);
    let recipe = base_recipe(playground, base)?;
    if recipe_of(&image).as_deref() == Some(&recipe) {
        return Ok(());
    }
    let dockerfile = recipe_files::dockerfile_of(playground, base);
    if recipe_files::bases_in(&std::fs::read_to_string(&dockerfile)?).is_empty() {
        ensure_root_image(suite)?;
    }
    let context = base_context(&playground.join("base").join(base))?;
    let mut arguments = vec![format!("--label={RECIPE_LABEL}={recipe}"), format!("--build-arg=SUITE={suite}")];
    arguments.extend(host_settings(&dockerfile)?);
    docker_build(&format!("base {base} {suite}"), &image, context.path(), &dockerfile, &arguments)
}

/// The recipe that an image was built from, if there is such an image.
fn recipe_of(image: &str) -> Option<String> {
    engine::inspect(image, &format!("{{{{index .Config.Labels \"{RECIPE_LABEL}\"}}}}"))
}

/// A base's recipe: its folder and those of all below it.
fn base_recipe(playground: &Path, base: &str) -> Result<String> {
    use sha2::{Digest as _, Sha256};
    let mut hash = Sha256::new();
    for part in recipe_files::base_chain(playground, base)? {
        let folder = playground.join("base").join(part);
        recipe_files::hash_files(&mut hash, &folder, &recipe_files::files(&folder)?)?;
    }
    for path in host_certificates() {
        hash.update(std::fs::read(path)?);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The host's own certificate authorities: without them builds fail behind an inspecting proxy.
fn host_certificates() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("/usr/local/share/ca-certificates").into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "crt"));
    paths.sort();
    paths
}

/// A folder with copies of the files of a recipe: never what was built on the host, which is large and proves nothing.
fn context_of(recipe: &Path, files: &[PathBuf]) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for path in files {
        let copy = folder.path().join(path.strip_prefix(recipe)?);
        std::fs::create_dir_all(copy.parent().context("a file has a folder")?)?;
        std::fs::copy(path, copy)?;
    }
    Ok(folder)
}

fn base_context(base: &Path) -> Result<tempfile::TempDir> {
    let folder = context_of(base, &recipe_files::files(base)?)?;
    let certificates = folder.path().join("ca");
    std::fs::create_dir(&certificates)?;
    // COPY wants at least one file.
    std::fs::write(certificates.join("README"), "Certificate authorities of the host that built this image.\n")?;
    for path in host_certificates() {
        std::fs::copy(&path, certificates.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(folder)
}

/// Pulls the external image of a suite, or makes it where no container registry can be reached.
fn ensure_root_image(suite: &str) -> Result<()> {
    let image = format!("debian:{suite}-slim");
    if engine::inspect(&image, "{{.Id}}").is_some() {
        return Ok(());
    }
    println!("build: pulling {image}");
    let pulled = Command::new("timeout").args(["30", "docker", "pull", "--quiet", &image]).output();
    if pulled.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    println!("build: no container registry in reach; making {image} with mmdebstrap");
    let mut made = Command::new("mmdebstrap")
        // A mirror of a suite that is not released may lag behind its file's few days of validity; signatures still count.
        .args(["--quiet", "--aptopt=Acquire::Check-Valid-Until \"false\"", "--variant=minbase", suite, "-"])
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run mmdebstrap; `cargo xtask setup` as root installs it")?;
    let tar = made.stdout.take().context("mmdebstrap has no output")?;
    let imported = docker().args(["import", "-", &image]).stdin(tar).output().context("cannot run `docker`")?;
    ensure!(made.wait()?.success(), "mmdebstrap failed; it needs root and Debian's packages in reach");
    ensure!(imported.status.success(), "`docker import` failed: {}", String::from_utf8_lossy(&imported.stderr).trim());
    Ok(())
}

fn build_server(server: &Server, playground: &Path) -> Result<Built> {
    if let Some(blocked) = &server.manifest.blocked {
        return Ok(Built::NotBuilt(format!("{}: {}", blocked.registry, blocked.reason)));
    }
    let recipe = server.recipe_hash(playground)?;
    let image = server.image();
    if recipe_of(&image).as_deref() != Some(&recipe) {
        let dockerfile = server.dockerfile(playground);
        let arguments = arguments(server, &dockerfile, &recipe)?;
        let context = context_of(&server.manifest.folder, &server.files()?)?;
        if let Err(error) = docker_build(&server.id(), &image, context.path(), &dockerfile, &arguments) {
            return Ok(Built::NotBuilt(format!("{error:#}")));
        }
    }
    Ok(Built::Image(image_info(server)?))
}

/// What the built image of a server is.
pub fn image_info(server: &Server) -> Result<ImageInfo> {
    let image = server.image();
    let id = engine::inspect(&image, "{{.Id}}").with_context(|| format!("there is no image {image}"))?;
    let recipe = recipe_of(&image).with_context(|| format!("{image} was not built by this tool"))?;
    let listing = engine::output(&["run", "--rm", "--network=none", "--entrypoint=cat", &image, "/app/versions.txt"])?;
    Ok(ImageInfo { id, recipe, packages: listing.lines().map(str::to_owned).collect() })
}

fn arguments(server: &Server, dockerfile: &Path, recipe: &str) -> Result<Vec<String>> {
    let mut arguments = vec![
        format!("--label={RECIPE_LABEL}={recipe}"),
        format!("--build-arg=VERSION={}", server.version.version),
        format!("--build-arg=LIKE={}", server.like()),
        format!("--build-arg=SUITE={}", server.suite()),
    ];
    arguments.extend(server.build_args().iter().map(|(name, value)| format!("--build-arg={name}={value}")));
    arguments.extend(host_settings(dockerfile)?);
    Ok(arguments)
}

/// The host's settings that a Dockerfile asks for. Named alone, an argument takes the value of the environment, and no
/// address is written anywhere.
fn host_settings(dockerfile: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(dockerfile)?;
    let declared = |name: &&&str| text.lines().any(|line| line.trim() == format!("ARG {name}"));
    let set = |name: &&&str| std::env::var_os(name).is_some();
    Ok(HOST_SETTINGS.iter().filter(declared).filter(set).map(|name| format!("--build-arg={name}")).collect())
}

fn docker_build(title: &str, image: &str, context: &Path, dockerfile: &Path, arguments: &[String]) -> Result<()> {
    println!("build: {title} …");
    let begun = Instant::now();
    let mut command = docker();
    command
        .args(["build", "--network=host", "--force-rm", "--tag", image])
        .arg("--file")
        .arg(dockerfile)
        .args(arguments);
    command.args(
        PROXY_SETTINGS.iter().filter(|name| std::env::var_os(name).is_some()).map(|name| format!("--build-arg={name}")),
    );
    let output = command.arg(context).stdin(Stdio::null()).output().context("cannot run `docker build`")?;
    let log = log_file(title)?;
    std::fs::write(&log, [output.stdout.as_slice(), &output.stderr].concat())?;
    if !output.status.success() {
        bail!(
            "the build of {title} failed (whole log: {})\n{}",
            log.display(),
            last_lines(&output.stdout, &output.stderr)
        );
    }
    println!("build: {title} done in {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

fn log_file(title: &str) -> Result<PathBuf> {
    let folder = paths::root()?.join("target/playground");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join(format!("{}.log", title.replace(' ', "-"))))
}

/// The end of what a failed build said, safe to show.
fn last_lines(stdout: &[u8], stderr: &[u8]) -> String {
    let all = [stdout, b"\n", stderr].concat();
    let lines: Vec<String> = String::from_utf8_lossy(&all)
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| stews::wire::escape::for_terminal(line.as_bytes()))
        .collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
