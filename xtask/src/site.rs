//! `cargo xtask site`: what is recorded and measured, as pages for a browser, from committed files alone.

mod accuracy;
mod advisories;
mod answers;
mod catalog;
mod comparison;
mod dendrogram;
mod distance;
mod facts;
mod files;
mod heat;
mod index;
mod interval;
mod labels;
mod matrix;
mod nearest;
mod probe;
mod probes;
mod product;
mod provenance;
mod proxies;
mod ribbon;
mod sent;
mod shell;
mod survival;
mod tree;
mod words;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use crate::site::catalog::Catalog;
use crate::site::distance::Distances;
use crate::site::files::Files;
use crate::site::provenance::Provenance;
use crate::site::shell::Shell;
use crate::site::survival::Survival;
use crate::support::paths;

/// Where the site goes.
#[derive(Debug, Args)]
pub struct Plan {
    /// The folder to write; what an earlier run wrote there is replaced
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Builds the site, and says what came of it.
pub fn run(plan: &Plan) -> Result<()> {
    let folder = plan.out.clone().map_or_else(|| anyhow::Ok(paths::root()?.join("target/site")), Ok)?;
    let written = build(&folder)?;
    println!("{} files, {:.1} MB: {}", written.files, written.bytes as f64 / 1e6, folder.join("index.html").display());
    Ok(())
}

/// How large a site is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many files it has.
    pub files: usize,
    /// All of their bytes.
    pub bytes: usize,
}

/// Builds the site into a folder, which is replaced as a whole.
pub fn build(folder: &Path) -> Result<Written> {
    let files = pages()?;
    files.write(folder)?;
    Ok(Written { files: files.count(), bytes: files.bytes() })
}

/// All files of the site.
fn pages() -> Result<Files> {
    let catalog = Catalog::load()?;
    let distances = Distances::of(&catalog);
    let survival = Survival::measure(&catalog.recordings)?;
    let shell = Shell::new(Provenance::of(&catalog)?);
    let mut files = Files::default();
    files.add("style.css", include_str!("site/style.css"));
    files.add("site.js", include_str!("site/site.js"));
    files.add("index.html", shell.page(&index::page(&catalog)));
    files.add("data/search.js", index::search_data(&catalog)?);
    for product in &catalog.products {
        files.add(&labels::product_file(&product.id), shell.page(&product::page(&catalog, &distances, product)));
        files.add(&comparison::data_file(&product.id), comparison::data(&catalog, product)?);
    }
    files.add("probes.html", shell.page(&probes::page(&catalog)));
    for probe in &catalog.probes {
        files.add(&labels::probe_file(probe.id), shell.page(&probe::page(&catalog, &survival, probe)));
    }
    files.add("compare.html", shell.page(&comparison::page(&catalog)));
    files.add("data/probes.js", comparison::probes(&catalog)?);
    files.add("tree.html", shell.page(&tree::page(&catalog, &distances)));
    files.add("matrix.html", shell.page(&matrix::page(&catalog, &distances)));
    files.add("data/matrix.js", matrix::data(&catalog, &distances)?);
    files.add("proxies.html", shell.page(&proxies::page(&catalog, &survival)));
    files.add("accuracy.html", shell.page(&accuracy::page(&catalog.report, &catalog.wire)));
    files.add("words.html", shell.page(&words::page()));
    Ok(files)
}
