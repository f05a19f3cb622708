//! `cargo xtask bisect`: records the releases on both sides of every change of behaviour, so that ranges of versions become exact.

mod product;
mod search;
mod trial;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use futures_util::future::join_all;
use stews::database::Recording;
use stews::probe::ProbeId;
use tokio::sync::{Mutex, Semaphore};

use crate::bisect::product::Product;
use crate::bisect::trial::Tried;
use crate::playground::manifest::{self, Manifest, Role, Server};
use crate::playground::{build, engine, pins, setup, versions};
use crate::record::recorder;
use crate::support::paths;

/// What a try took where none was made yet, to say how long the rest will take.
const USUAL_TRY: Duration = Duration::from_secs(40);

/// Which products, and for how long.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these products, comma separated
    #[arg(long, value_name = "PRODUCTS", value_delimiter = ',')]
    only: Vec<String>,
    /// Releases at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
    /// Begin nothing new after so many minutes; the next run goes on
    #[arg(long, value_name = "N")]
    minutes: Option<u32>,
    /// Say what is left, and try nothing
    #[arg(long)]
    pub left: bool,
    /// Keep the images of releases that were tried
    #[arg(long)]
    keep_images: bool,
}

/// What a run may take.
struct Limits {
    /// A place for each release that is built or asked.
    places: Semaphore,
    /// A place for each server that is sent long payloads.
    lane: Semaphore,
    /// Held by whoever adds a version to a `server.json`.
    list: Mutex<()>,
    deadline: Option<Instant>,
    keep_images: bool,
}

/// Bisects the selected products; those of which that failed, or that have something left.
pub async fn run(plan: &Plan) -> Result<Vec<String>> {
    let manifests = selected(&plan.only)?;
    let mut products = Vec::new();
    for manifest in &manifests {
        match Product::load(manifest) {
            Ok(product) => products.push(product),
            Err(error) => println!("not tried  {} ({error:#})", manifest.product),
        }
    }
    tell_left(&products, plan.jobs, USUAL_TRY);
    if plan.left {
        return Ok(products.iter().filter(|one| has_work(one)).map(|one| one.manifest.product.clone()).collect());
    }
    products.retain(has_work);
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let deadline = plan.minutes.map(|minutes| Instant::now() + Duration::from_secs(u64::from(minutes) * 60));
    let unfinished = search(&mut products, &Arc::new(Limits::new(plan.jobs, deadline, plan.keep_images))).await?;
    tell_left(&products, plan.jobs, USUAL_TRY);
    Ok(unfinished)
}

/// Tries and records releases of products; those of which that failed, or that have something left.
async fn search(products: &mut [Product], limits: &Arc<Limits>) -> Result<Vec<String>> {
    setup::run()?;
    build::build_bases(&recipes(products))?;
    let mut unfinished = Vec::new();
    let results = join_all(products.iter_mut().map(|product| bisect(product, limits))).await;
    for (product, result) in products.iter().zip(results) {
        match result {
            Ok(()) if !has_work(product) => println!("done       {}", product.manifest.product),
            Ok(()) => unfinished.push(product.manifest.product.clone()),
            Err(error) => {
                println!("failed     {} ({error:#})", product.manifest.product);
                unfinished.push(product.manifest.product.clone());
            }
        }
    }
    Ok(unfinished)
}

/// What is new of a product since its newest recorded releases.
pub struct News {
    /// The product.
    pub product: String,
    /// Its lines that have a newer recorded release now.
    pub lines: Vec<NewRelease>,
}

/// A release line that has a newer recorded release than before.
pub struct NewRelease {
    /// The newest recorded before; none in a line that is new.
    pub before: Option<String>,
    /// The newest recorded now.
    pub now: String,
    /// The default probes that are answered otherwise, with what was answered before and now.
    pub changed: Vec<(ProbeId, String, String)>,
}

/// Records what was released since the newest recorded release of each line: what is new, and the products of which something failed.
pub async fn record_newer(only: &[String], jobs: u8) -> Result<(Vec<News>, Vec<String>)> {
    let mut products = Vec::new();
    for manifest in selected(only)? {
        products.push(Product::load(&manifest).with_context(|| manifest.product.clone())?.since_newest());
    }
    let before: Vec<Vec<(String, Option<String>)>> = products.iter().map(Product::newest_recorded).collect();
    let failed = search(&mut products, &Arc::new(Limits::new(jobs, None, false))).await?;
    Ok((products.iter().zip(before).map(|(product, before)| news(product, before)).collect(), failed))
}

fn news(product: &Product, before: Vec<(String, Option<String>)>) -> News {
    let mut lines = Vec::new();
    for ((_, now), (_, before)) in product.newest_recorded().into_iter().zip(before) {
        let Some(now) = now.filter(|now| before.as_ref() != Some(now)) else { continue };
        let probes = before.as_deref().map(|before| product.differences(before, &now)).unwrap_or_default();
        let told = |version: &str, probe| product.answer(version, probe);
        let changed = probes
            .into_iter()
            .map(|probe| (probe, told(before.as_deref().unwrap_or_default(), probe), told(&now, probe)));
        lines.push(NewRelease { changed: changed.collect(), before, now });
    }
    News { product: product.manifest.product.clone(), lines }
}

impl Limits {
    fn new(jobs: u8, deadline: Option<Instant>, keep_images: bool) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            places: Semaphore::new(jobs.into()),
            lane: Semaphore::new(cores),
            list: Mutex::new(()),
            deadline,
            keep_images,
        }
    }
}

fn has_work(product: &Product) -> bool {
    product.left() > 0 || !product.unrecorded().is_empty()
}

/// The products of these names; all that can be built where none is named.
fn selected(only: &[String]) -> Result<Vec<Arc<Manifest>>> {
    let all = manifest::load_all(&paths::root()?.join("playground"))?;
    for name in only {
        let is_known = all.iter().any(|known| known.product == *name && known.role == Role::Server);
        ensure!(is_known, "there is no server `{}`; `cargo xtask playground list` shows all", name.escape_debug());
    }
    let is_wanted = |manifest: &Arc<Manifest>| {
        let is_named = only.is_empty() || only.contains(&manifest.product);
        is_named && manifest.role == Role::Server && manifest.blocked.is_none()
    };
    Ok(all.into_iter().filter(is_wanted).collect())
}

/// The versions of products that have recipes of their own: all that is built stands on their bases.
fn recipes(products: &[Product]) -> Vec<Server> {
    let of = |product: &Product| {
        let own = product.manifest.versions.iter().filter(|version| version.like.is_none());
        own.map(|version| Server { manifest: product.manifest.clone(), version: version.clone() }).collect::<Vec<_>>()
    };
    products.iter().flat_map(of).collect()
}

/// Says what is left, and how long that will take.
fn tell_left(products: &[Product], jobs: u8, one_try: Duration) {
    let mut tries = 0;
    for product in products.iter().filter(|product| has_work(product)) {
        let (left, unrecorded) = (product.left(), product.unrecorded().len());
        tries += left;
        println!("left       {}: about {left} tries, {unrecorded} tried releases to record", product.manifest.product);
    }
    match products.iter().any(has_work) {
        false => println!("nothing left to do: all changes of behaviour are between neighbours"),
        true => println!("about {} minutes", (one_try * tries / u32::from(jobs)).as_secs().div_ceil(60)),
    }
}

/// Tries releases of a product and records the telling ones, until nothing is left or the time is up.
async fn bisect(product: &mut Product, limits: &Arc<Limits>) -> Result<()> {
    loop {
        if limits.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(());
        }
        let (doubtful, next, telling) = (product.doubtful(), product.next(), product.unrecorded());
        let asked_once: Vec<String> =
            telling.iter().filter(|version| product.was_asked_once(version)).cloned().collect();
        if !doubtful.is_empty() {
            ask_again(product, &doubtful, limits).await?;
        } else if !next.is_empty() {
            try_all(product, &next, limits).await?;
        } else if !asked_once.is_empty() {
            ask_again(product, &asked_once, limits).await?;
        } else if !telling.is_empty() {
            record_all(product, &telling, limits).await?;
        } else {
            break;
        }
    }
    clean_up(product, limits)
}

/// Tries some releases at a time.
async fn try_all(product: &mut Product, some: &[String], limits: &Arc<Limits>) -> Result<()> {
    let manifest = product.manifest.clone();
    // Tasks of their own, so that one busy scan does not hold up the others.
    let tried = some.iter().map(|version| tokio::spawn(try_one(manifest.clone(), version.clone(), limits.clone())));
    for (version, tried) in some.iter().zip(join_all(tried).await) {
        let name = &manifest.product;
        match tried.context("the try panicked")?? {
            Tried::Seen(recording) => {
                product.saw(*recording, false);
                println!("tried      {name} {version}: {}", product.compared(version));
            }
            Tried::Refused(why) => {
                product.refuse(version, &why)?;
                println!("refused    {name} {version}: {why}");
            }
        }
    }
    Ok(())
}

/// Asks some releases that were tried a second time: a race is no change of behaviour.
async fn ask_again(product: &mut Product, some: &[String], limits: &Arc<Limits>) -> Result<()> {
    let mut asked = Vec::new();
    for version in some {
        let seen = product.recording(version).with_context(|| format!("{version} was not tried"))?.clone();
        asked.push(tokio::spawn(ask_one_again(product.server(version)?, seen, limits.clone())));
    }
    for (version, again) in some.iter().zip(join_all(asked).await) {
        match again.context("the second run panicked").and_then(|again| again) {
            Ok(recording) => {
                product.saw(recording, false);
                println!("again      {} {version}: {}", product.manifest.product, product.compared(version));
            }
            Err(error) => {
                product.refuse(version, &format!("it could not be asked again: {}", trial::in_short(&error)))?
            }
        }
    }
    Ok(())
}

async fn ask_one_again(server: Server, seen: Recording, limits: Arc<Limits>) -> Result<Recording> {
    let _place = limits.places.acquire().await?;
    trial::again(&server, seen).await
}

async fn try_one(manifest: Arc<Manifest>, version: String, limits: Arc<Limits>) -> Result<Tried> {
    let _place = limits.places.acquire().await?;
    trial::run(&manifest, &version).await
}

/// Records some releases that were tried, as any other version is recorded.
async fn record_all(product: &mut Product, some: &[String], limits: &Arc<Limits>) -> Result<()> {
    let servers = some.iter().map(|version| product.server(version)).collect::<Result<Vec<Server>>>()?;
    let recorded = servers.iter().map(|server| tokio::spawn(record(server.clone(), limits.clone())));
    for (server, recorded) in servers.iter().zip(join_all(recorded).await) {
        let version = &server.version.version;
        match recorded.context("the recording panicked").and_then(|recorded| recorded) {
            Ok(recording) => {
                product.saw(recording, true);
                println!("recorded   {}: {}", server.id(), product.compared(version));
            }
            Err(error) => {
                println!("failed     {} ({error:#})", server.id());
                trial::discard(server)?;
                product.refuse(version, &format!("it could not be recorded: {}", trial::in_short(&error)))?;
            }
        }
    }
    Ok(())
}

async fn record(server: Server, limits: Arc<Limits>) -> Result<Recording> {
    let _place = limits.places.acquire().await?;
    let image = trial::built(&server).await?;
    let recording = recorder::record_new(&server, &image, &limits.lane).await?;
    let path = paths::recordings()?.join(recording.path());
    // Listed first: what an interruption leaves is then either recorded again or whole.
    let _one_writer = limits.list.lock().await;
    versions::add(&server)?;
    paths::write(&path, &recording.to_text()).context("a recording cannot be stored")?;
    Ok(recording)
}

/// Removes what was made for tries alone.
fn clean_up(product: &Product, limits: &Arc<Limits>) -> Result<()> {
    for version in product.tried() {
        let server = product.server(&version)?;
        pins::remove(&server)?;
        if !limits.keep_images {
            engine::remove_image(&server.image());
        }
    }
    trial::forget_all(&product.manifest.product)
}
