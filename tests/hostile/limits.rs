//! Servers with limits, honest ones among them: an honest limit costs few connections and no right answer.

use std::time::Duration;

use super::kind::{IDENTIFIED, Kind, NO_WEBSOCKET, UNIDENTIFIED};
use super::peer::Manner;
use super::script::{Step, answer, echo};

pub fn kinds() -> Vec<Kind> {
    [crowds(), queues(), rates(), slow(), ours()].concat()
}

fn busy() -> Vec<Step> {
    vec![answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")]
}

/// So many connections at a time, and no more.
fn crowds() -> Vec<Kind> {
    let limits = [1, 2, 4, 7];
    let right = |kind: Kind| kind.exits(&[IDENTIFIED]).says("tungstenite");
    let mut all = Vec::new();
    for most in limits {
        let kind =
            Kind::new(format!("{most} at a time, 503 to the others")).peer(Manner::at_most(most, vec![echo()], busy()));
        // Who serves so few at a time has not always seen that the one before has gone.
        let exits: &[i32] = if most <= 2 { &[IDENTIFIED, UNIDENTIFIED] } else { &[IDENTIFIED] };
        all.push(right(kind.clone()).exits(exits).connections(99));
        all.push(right(kind.thorough()).exits(exits));
    }
    let four = Kind::new("4 at a time, 503 to the others").peer(Manner::at_most(4, vec![echo()], busy()));
    all.push(right(four.with("--thorough --connections 64")));
    let resets = Manner::at_most(4, vec![echo()], vec![Step::Reset]);
    all.push(Kind::new("4 at a time, a reset to the others").peer(resets).exits(&[IDENTIFIED, UNIDENTIFIED]));
    let silent = Manner::at_most(4, vec![echo()], vec![Step::Hold]);
    all.extend(Kind::new("4 at a time, silence to the others").peer(silent).exits(&[IDENTIFIED, UNIDENTIFIED]).both());
    let closes = Manner::at_most(2, vec![echo()], vec![]);
    all.push(Kind::new("2 at a time, hangs up on the others").peer(closes).exits(&[IDENTIFIED, UNIDENTIFIED]));
    // The worst case of retrying: each answer depends on who else is there.
    let storm =
        Manner::by(|moment| if moment.open == 1 { vec![echo()] } else { [vec![Step::Wait(30)], busy()].concat() });
    let storm = Kind::new("503 after 30 ms to each that has company").peer(storm).exits(&[IDENTIFIED, UNIDENTIFIED]);
    all.extend(storm.clone().both());
    all.push(storm.with("--thorough --connections 64"));
    all
}

/// Those that accept late.
fn queues() -> Vec<Kind> {
    let each = |pause| Manner::always(vec![echo()]).accepts_each(Duration::from_millis(pause));
    let patient = |kind: Kind| kind.exits(&[IDENTIFIED, UNIDENTIFIED, NO_WEBSOCKET]);
    vec![
        patient(Kind::new("an accept each 0.1 s").peer(each(100))),
        patient(Kind::new("an accept each 0.1 s").peer(each(100)).with("--thorough --connections 1")).long(),
        patient(Kind::new("an accept each 0.5 s").peer(each(500))),
        patient(Kind::new("an accept each 2 s").peer(each(2000))),
    ]
}

/// Those that want to be asked slowly.
fn rates() -> Vec<Kind> {
    let each = |milliseconds| Manner::one_each(Duration::from_millis(milliseconds), vec![echo()], busy());
    let hurried = || Kind::new("one connection a second, 503 to the rest").peer(each(900));
    let quick = Kind::new("one connection each 0.1 s, 503 to the rest").peer(each(90));
    vec![
        hurried().exits(&[UNIDENTIFIED]).says("not enough|left alone|no room").connections(12),
        hurried().with("--delay 1s").exits(&[IDENTIFIED]).says("tungstenite").seconds(65.0).long(),
        quick.with("--delay 150ms").exits(&[IDENTIFIED]).says("tungstenite"),
    ]
}

/// Those that take their time for each answer.
fn slow() -> Vec<Kind> {
    let tarpit = |name: &'static str, pause| {
        Kind::server(
            name,
            vec![
                Step::Wait(pause),
                super::script::open(""),
                Step::Wait(pause),
                super::script::say(b"\x8a\0"),
                Step::Wait(pause),
                Step::Hold,
            ],
        )
        .exits(&[UNIDENTIFIED, NO_WEBSOCKET])
        .long()
    };
    vec![
        tarpit("0.9 s before each answer", 900),
        tarpit("4 s before each answer, as long as is waited by default", 4000).only(""),
        tarpit("0.9 s before each answer", 900).with("--connections 1"),
    ]
}

/// Our own machine's limits are told as such, and nothing is made of what they spoil.
fn ours() -> Vec<Kind> {
    let files = |count| {
        let kind =
            Kind::server("a limit of our own on open files", vec![echo()]).with("--thorough").exits(&[0, 1, 3, 4]);
        match count {
            8 => kind.shell("ulimit -n 8; exec \"$0\" \"$@\""),
            _ => kind.shell("ulimit -n 12; exec \"$0\" \"$@\""),
        }
        .check(told_as_ours)
        .connections(300)
    };
    let memory = Kind::server("a limit of our own on memory", vec![echo()]).exits(&[IDENTIFIED]);
    vec![files(8), files(12), memory.shell("ulimit -v 400000; exec \"$0\" \"$@\"")]
}

/// Either it was enough, or it is told that this machine is at its limit.
fn told_as_ours(run: &super::run::Run) -> Option<String> {
    let all = String::from_utf8_lossy(&[run.out.as_slice(), &run.err].concat()).to_lowercase();
    let told = all.contains("file descriptors") || all.contains("open files") || all.contains("ulimit");
    let right = run.code == IDENTIFIED && all.contains("tungstenite");
    (!told && !right).then(|| "our own limit is not told".to_owned())
}
