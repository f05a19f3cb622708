//! Names looked up once for many targets.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::connection::{Lookup, Resolver};

/// So many names are remembered: a few megabytes.
const MOST: usize = 16 * 1024;

/// What came of looking a name up. An [`io::Error`] cannot be copied, but its kind and its words can.
type Known = Result<Vec<IpAddr>, (io::ErrorKind, String)>;

/// Looks each name up once, for all targets and all ports, and remembers what came of it, failures too; of the names it was asked for, the
/// last.
#[derive(Debug)]
pub struct Names {
    inner: Arc<dyn Resolver>,
    /// A look-up that takes longer has failed.
    patience: Duration,
    known: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    names: HashMap<Arc<str>, Arc<OnceCell<Known>>>,
    /// In the order in which they were asked for first.
    order: VecDeque<Arc<str>>,
}

impl Names {
    /// One that asks another, at most so long for one name.
    #[must_use]
    pub fn new(inner: Arc<dyn Resolver>, patience: Duration) -> Self {
        Self { inner, patience, known: Mutex::default() }
    }

    /// Where what came of a name is, or will be: whoever asks while it is looked up waits for the same answer.
    fn cell(&self, host: &str) -> Arc<OnceCell<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = known.names.get(host) {
            return cell.clone();
        }
        if known.order.len() >= MOST
            && let Some(oldest) = known.order.pop_front()
        {
            known.names.remove(&oldest);
        }
        let (name, cell): (Arc<str>, _) = (host.into(), Arc::new(OnceCell::new()));
        known.order.push_back(name.clone());
        known.names.insert(name, Arc::clone(&cell));
        cell
    }

    /// What is to be remembered of a name; an error where the look-up failed for want of something on this machine.
    async fn ask(&self, host: &str, port: u16) -> io::Result<Known> {
        match timeout(self.patience, self.inner.look_up(host, port)).await {
            Ok(Ok(found)) => Ok(Ok(found.iter().map(SocketAddr::ip).collect())),
            // Errors with a number are the system's, and may have passed by the next time.
            Ok(Err(error)) if error.raw_os_error().is_some() => Err(error),
            Ok(Err(error)) => Ok(Err((error.kind(), error.to_string()))),
            Err(late) => Ok(Err((io::ErrorKind::TimedOut, format!("no answer in time ({late})")))),
        }
    }
}

impl Resolver for Names {
    fn look_up<'a>(&'a self, host: &'a str, port: u16) -> Lookup<'a> {
        Box::pin(async move {
            let cell = self.cell(host);
            match cell.get_or_try_init(|| self.ask(host, port)).await? {
                Ok(addresses) => Ok(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect()),
                Err((kind, words)) => Err(io::Error::new(*kind, words.clone())),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl Resolver for Counting {
        fn look_up<'a>(&'a self, host: &'a str, port: u16) -> Lookup<'a> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(if host == "slow" { 100 } else { 1 })).await;
                match host {
                    "none" => Err(io::Error::new(io::ErrorKind::NotFound, "no such name")),
                    "busy" => Err(io::Error::from_raw_os_error(24)),
                    _ => Ok(vec![SocketAddr::new([192, 0, 2, 1].into(), port)]),
                }
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_is_looked_up_once_whoever_asks_and_whatever_comes_of_it() {
        let counting = Arc::new(Counting::default());
        let names = Names::new(counting.clone(), Duration::from_secs(5));
        let (one, other) = tokio::join!(names.look_up("h", 80), names.look_up("h", 81));
        assert_eq!((one.unwrap()[0].port(), other.unwrap()[0].port()), (80, 81));
        names.look_up("h", 80).await.unwrap();
        assert_eq!(counting.0.load(Ordering::SeqCst), 1);
        for _ in 0..2 {
            assert_eq!(names.look_up("none", 80).await.unwrap_err().to_string(), "no such name");
            assert_eq!(names.look_up("slow", 80).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
        assert_eq!(counting.0.load(Ordering::SeqCst), 3);
        for _ in 0..2 {
            assert_eq!(names.look_up("busy", 80).await.unwrap_err().raw_os_error(), Some(24));
        }
        assert_eq!(counting.0.load(Ordering::SeqCst), 5, "what this machine lacked is asked for again");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_names_are_remembered_than_there_is_room_for() {
        let counting = Arc::new(Counting::default());
        let names = Names::new(counting.clone(), Duration::from_secs(5));
        for number in 0..=MOST {
            names.cell(&number.to_string());
        }
        let known = names.known.lock().unwrap();
        assert_eq!((known.names.len(), known.order.len()), (MOST, MOST));
        assert!(!known.names.contains_key("0") && known.names.contains_key("1"));
    }
}
