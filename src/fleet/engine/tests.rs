use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::channel;
use tokio::time::sleep;

use super::*;
use crate::target::{Host, Scheme, Target};

/// Looks for as many milliseconds as the path says; `excluded`, `unknown` and `fault` are what they say.
#[derive(Default)]
struct Slow {
    running: Mutex<BTreeMap<String, usize>>,
    most: AtomicUsize,
    most_of_one: AtomicUsize,
    begun: Mutex<Vec<(String, Instant)>>,
}

impl Look for Slow {
    type Ready = Target;
    type Found = String;

    async fn prepare(&self, asked: Asked) -> Prepared<Target, String> {
        let target = asked.first().clone();
        let Host::Name(name) = target.host().clone() else {
            return Prepared::Ready(HostKey::Name("address".into()), target);
        };
        // A name takes a look-up.
        sleep(Duration::from_millis(3)).await;
        match name.as_str() {
            "excluded" => Prepared::Excluded,
            "unknown" => Prepared::Done("unknown".to_owned()),
            _ => Prepared::Ready(HostKey::Name(name.as_str().into()), target),
        }
    }

    async fn look(&self, target: Target) -> String {
        let (host, path) = (target.host().to_string(), target.path_and_query()[1..].to_owned());
        self.begun.lock().unwrap().push((host.clone(), Instant::now()));
        {
            let mut running = self.running.lock().unwrap();
            let of_one = running.entry(host.clone()).or_default();
            *of_one += 1;
            self.most_of_one.fetch_max(*of_one, Ordering::SeqCst);
            self.most.fetch_max(running.values().sum(), Ordering::SeqCst);
        }
        sleep(Duration::from_millis(path.split('-').next().unwrap().parse().unwrap_or(1))).await;
        *self.running.lock().unwrap().get_mut(&host).unwrap() -= 1;
        assert!(host != "fault", "a fault");
        format!("{host}/{path}")
    }
}

/// Keeps what was found, up to a number.
struct Kept {
    all: Vec<String>,
    most: usize,
}

impl Sink<String> for Kept {
    fn take(&mut self, done: Done<String>) -> ControlFlow<()> {
        self.all.push(match done {
            Done::Found(found) => found,
            Done::Excluded(_) => "left alone".to_owned(),
            Done::Fault(asked) => format!("fault of {}", asked.name()),
        });
        if self.all.len() < self.most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

fn settings(concurrency: usize, per_host: usize) -> Settings {
    Settings { concurrency, per_host, host_pause: Duration::ZERO, look_ahead: 16, ordered: false }
}

/// Runs over these to the end; what was found, and how many were not begun.
async fn all(look: &Arc<Slow>, settings: &Settings, names: &[String]) -> (Vec<String>, u64) {
    let (send, asked) = channel(4);
    let texts = names.to_vec();
    tokio::spawn(async move {
        for text in texts {
            let asked = Asked::exactly(Target::parse(&text, Scheme::Ws).unwrap());
            if send.send(asked).await.is_err() {
                return;
            }
        }
    });
    let mut kept = Kept { all: Vec::new(), most: usize::MAX };
    let left = run(look.clone(), settings, asked, &Interrupt::default(), &mut kept).await;
    (kept.all, left)
}

fn names(count: usize, hosts: usize) -> Vec<String> {
    (0..count).map(|number| format!("h{}/{}-{number}", number % hosts, number * 7 % 13)).collect()
}

#[tokio::test(start_paused = true)]
async fn all_are_looked_at_once_and_no_more_at_a_time_than_wanted() {
    let look = Arc::new(Slow::default());
    let names = names(300, 7);
    let (found, left) = all(&look, &settings(10, 3), &names).await;
    assert_eq!((found.len(), left), (300, 0));
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), names.into_iter().collect());
    assert_eq!((look.most.load(Ordering::SeqCst), look.most_of_one.load(Ordering::SeqCst)), (10, 3));
}

#[tokio::test(start_paused = true)]
async fn a_full_host_holds_up_no_other() {
    let look = Arc::new(Slow::default());
    // Ten that take long at one host, then one at another.
    let mut names: Vec<String> = (0..10).map(|number| format!("slow/500-{number}")).collect();
    names.push("other/1-x".to_owned());
    let (found, _) = all(&look, &settings(8, 2), &names).await;
    assert_eq!((found[0].as_str(), found.len()), ("other/1-x", 11));
}

#[tokio::test(start_paused = true)]
async fn there_is_a_pause_between_two_of_one_host() {
    let look = Arc::new(Slow::default());
    let settings = Settings { host_pause: Duration::from_millis(50), ..settings(100, 100) };
    assert_eq!(all(&look, &settings, &names(20, 2)).await.0.len(), 20);
    let begun = look.begun.lock().unwrap();
    for host in ["h0", "h1"] {
        let times: Vec<Instant> = begun.iter().filter(|(name, _)| name == host).map(|(_, time)| *time).collect();
        assert_eq!(times.len(), 10);
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(50)), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn in_order_they_come_as_they_were_named() {
    let look = Arc::new(Slow::default());
    let settings = Settings { ordered: true, ..settings(10, 10) };
    let names = names(300, 7);
    assert_eq!(all(&look, &settings, &names).await, (names, 0));
}

#[tokio::test(start_paused = true)]
async fn faults_exclusions_and_what_is_known_at_once_hold_up_nothing() {
    let look = Arc::new(Slow::default());
    let names = ["fault/1", "excluded", "h/1-a", "unknown", "127.0.0.1/1-b"].map(str::to_owned);
    for ordered in [true, false] {
        let settings = Settings { ordered, ..settings(2, 1) };
        let (mut found, left) = all(&look, &settings, &names).await;
        let mut expected = ["fault of ws://fault/1", "left alone", "h/1-a", "unknown", "127.0.0.1/1-b"];
        if !ordered {
            found.sort_unstable();
            expected.sort_unstable();
        }
        assert_eq!((found, left), (expected.map(str::to_owned).to_vec(), 0));
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_interrupt_nothing_is_begun_and_what_runs_is_waited_for() {
    // In order, no more are taken than twice as many as are looked at at a time.
    for (ordered, waiting) in [(false, 12), (true, 4)] {
        let look = Arc::new(Slow::default());
        let (send, asked) = channel(100);
        for number in 0..20 {
            let text = format!("h{number}/100-{number}");
            send.send(Asked::exactly(Target::parse(&text, Scheme::Ws).unwrap())).await.unwrap();
        }
        let (interrupt, mut kept) = (Interrupt::default(), Kept { all: Vec::new(), most: usize::MAX });
        let later = interrupt.clone();
        tokio::spawn(async move {
            sleep(Duration::from_millis(150)).await;
            later.trigger();
        });
        let settings = Settings { ordered, ..settings(4, 4) };
        let left = run(look.clone(), &settings, asked, &interrupt, &mut kept).await;
        assert_eq!((kept.all.len(), left, look.begun.lock().unwrap().len()), (8, waiting, 8));
        drop(send);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_has_enough_ends_it() {
    let look = Arc::new(Slow::default());
    let (send, asked) = channel(100);
    for number in 0..50 {
        send.send(Asked::exactly(Target::parse(&format!("h/1-{number}"), Scheme::Ws).unwrap())).await.unwrap();
    }
    let mut kept = Kept { all: Vec::new(), most: 3 };
    run(look, &settings(1, 1), asked, &Interrupt::default(), &mut kept).await;
    assert_eq!(kept.all.len(), 3);
}
