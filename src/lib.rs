//! Tells which WebSocket server implementation, and which versions of it, answers at a URL.
//!
//! A [`Connector`] dials a [`Target`], [`scan_adaptive`] plays probes that a [`Matcher`] chooses, and the
//! [`Matcher`] compares what was observed with the recordings of a [`Database`]:
//!
//! ```
//! use stews::{ConnectOptions, Connector, Database, Mask, Matcher, Observations, Policy, ScanOptions, Scheme, Target};
//!
//! # // A server on loopback: tokio-tungstenite, which the database knows.
//! # async fn serve() -> std::io::Result<String> {
//! #     use futures_util::{SinkExt as _, StreamExt as _};
//! #     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! #     let url = format!("ws://{}/", listener.local_addr()?);
//! #     tokio::spawn(async move {
//! #         while let Ok((stream, _)) = listener.accept().await {
//! #             tokio::spawn(async move {
//! #                 let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
//! #                 while let Some(Ok(message)) = socket.next().await {
//! #                     if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
//! #                         return;
//! #                     }
//! #                 }
//! #             });
//! #         }
//! #     });
//! #     Ok(url)
//! # }
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let url = serve().await?;
//! let target = Target::parse(&url, Scheme::Wss)?;
//! let connector = Connector::new(&target, &ConnectOptions::default())?;
//! let database = Database::embedded()?;
//! let matcher = Matcher::new(&database);
//!
//! // What is known to harm a server, and what waits for long, is not in the default set.
//! let probes = stews::probe::gentle_set();
//! let options = ScanOptions::for_target(&target, probes.clone());
//! let next = |seen: &Observations| matcher.next(seen, &probes, &Policy::default());
//! let scan = stews::scan_adaptive(&connector, &options, &(), &next).await?;
//!
//! let answer = matcher.identify(&scan.observations, Mask::default());
//! for candidate in answer.candidates.iter().take(3) {
//!     println!("{} {:?}: {:.3}", candidate.product, candidate.versions, candidate.probability);
//! }
//! println!("not in the database: {:.3}", answer.unknown);
//! # assert!(scan.is_websocket());
//! # assert_eq!(answer.candidates[0].product, "tokio-tungstenite", "{:?}", scan.observations);
//! # Ok(())
//! # }
//! ```
//!
//! Probe only servers that you may probe: some of what is sent is malformed on purpose.
//!
//! # Modules
//!
//! In the order in which a target becomes an answer: [`connection`] → [`play`] a [`probe`] → [`observation`] → [`features`] →
//! [`identify`] against a [`database`]. [`scan`](mod@scan) does the first half for many probes, and [`report`] words the
//! result: [`report::Human`] with ANSI styles, which the crate `anstream` takes out where no terminal wants them, and
//! [`report::Json`]. [`findings`](mod@findings) reads the same observations for what the server does wrong. [`fleet`] has all of it done for many targets at a time. See `ARCHITECTURE.md`.
//!
//! # Features
//!
//! - `cli` (default): the command line tool, and what it exports for other tools (`export`). A library wants `default-features = false`.
//! - `parquet`: `stews export parquet` besides.

#[cfg(feature = "cli")]
pub mod cli;
pub mod connection;
pub mod database;
#[cfg(feature = "cli")]
pub mod export;
pub mod features;
pub mod findings;
pub mod fleet;
pub mod identify;
pub mod observation;
pub mod play;
pub mod probe;
pub mod report;
pub mod scan;
pub mod target;
pub mod wire;

pub use connection::{ConnectOptions, Connector, DialError};
pub use database::Database;
pub use identify::{Answer, Mask, Matcher, Observations, Policy};
pub use observation::Observation;
pub use scan::{Options as ScanOptions, Scan, scan, scan_adaptive};
pub use target::{Scheme, Target};
