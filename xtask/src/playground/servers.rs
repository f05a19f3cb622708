//! Servers however they can be had: in containers, or as plain processes where there is no engine.

use anyhow::{Result, ensure};
use stews::database::Recording;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::playground::build::{self, Built};
use crate::playground::manifest::{self, Role, Server};
use crate::playground::setup::{self, Availability};
use crate::playground::{containers, engine, process};
use crate::support::paths;

/// The bases by how soon they are built where nothing is there: the first answer waits for one.
const QUICKEST: [&str; 5] = ["python", "jvm", "go", "node", "rust"];

/// A server to be started.
pub enum Way {
    /// In a container; its image is built.
    Container,
    /// As a plain process.
    Process,
    /// Not at all, and why.
    Skipped(String),
}

/// A server that runs.
pub enum Running {
    /// In a container.
    Container(Box<containers::Running>),
    /// As a plain process.
    Process(Box<process::Running>),
}

/// The smoke servers, each with the way in which it can be had here; says why where not all can.
pub fn smoke() -> Result<Vec<(Server, Way)>> {
    let servers = manifest::smoke(&manifest::load_all(&paths::root()?.join("playground"))?);
    match setup::ensure_engine()? {
        Availability::Engine => {
            let built = build::build(&servers, 2)?;
            let way = |built| match built {
                Built::Image(_) => Way::Container,
                Built::NotBuilt(why) => Way::Skipped(why),
            };
            Ok(servers.into_iter().zip(built.into_iter().map(way)).collect())
        }
        Availability::None(why) => {
            println!("no container engine: {why}");
            println!("running the playground's Rust servers as plain processes instead");
            let way = |server: &Server| match server.manifest.plain_process {
                Some(_) => Way::Process,
                None => Way::Skipped("needs a container engine".to_owned()),
            };
            Ok(servers
                .into_iter()
                .map(|server| {
                    let way = way(&server);
                    (server, way)
                })
                .collect())
        }
    }
}

/// The smoke servers, each with the way in which it can be had here as soon as that is known: images are built meanwhile.
pub fn smoke_as_built() -> Result<UnboundedReceiver<Result<(Server, Way)>>> {
    let mut servers = manifest::smoke(&manifest::load_all(&paths::root()?.join("playground"))?);
    servers.sort_by_key(|server| QUICKEST.iter().position(|base| server.manifest.base.starts_with(base)));
    let (sender, receiver) = unbounded_channel();
    if let Availability::None(_) = setup::ensure_engine()? {
        // Whoever takes them is gone where they are not taken.
        smoke()?.into_iter().for_each(|one| _ = sender.send(Ok(one)));
        return Ok(receiver);
    }
    std::thread::spawn(move || {
        let tell = |index: usize, built: Result<Built>| {
            let way = built.map(|built| match built {
                Built::Image(_) => Way::Container,
                Built::NotBuilt(why) => Way::Skipped(why),
            });
            let _ = sender.send(way.map(|way| (servers[index].clone(), way)));
        };
        if let Err(error) = build::build_each(&servers, 2, tell) {
            let _ = sender.send(Err(error));
        }
    });
    Ok(receiver)
}

/// The servers that are both built and recorded, each with its recording; an error where there are none.
pub fn built_and_recorded(only: Option<&str>) -> Result<Vec<(Server, Recording)>> {
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let folder = paths::recordings()?;
    let recorded: Vec<(Server, Recording)> = manifest::select(&manifests, only)?
        .into_iter()
        .filter(|server| server.manifest.role == Role::Server)
        .filter_map(|server| Recording::load(&folder.join(server.recording_path())).ok().map(|known| (server, known)))
        .filter(|(server, _)| engine::inspect(&server.image(), "{{.Id}}").is_some())
        .collect();
    ensure!(!recorded.is_empty(), "none of these servers is both built and recorded");
    Ok(recorded)
}

/// Starts a server in its way; `None` where it is skipped.
pub async fn start(server: &Server, way: &Way, app: &str) -> Result<Option<Running>> {
    Ok(match way {
        Way::Container => Some(Running::Container(Box::new(containers::start(server, app).await?))),
        Way::Process => Some(Running::Process(Box::new(process::start(server, app).await?))),
        Way::Skipped(_) => None,
    })
}

impl Running {
    /// Where it serves.
    pub fn url(&self) -> &str {
        match self {
            Self::Container(running) => &running.url,
            Self::Process(running) => &running.url,
        }
    }

    /// Stops it.
    pub async fn stop(self) -> Result<()> {
        match self {
            Self::Container(running) => running.stop().await,
            Self::Process(running) => running.stop().await,
        }
    }
}
