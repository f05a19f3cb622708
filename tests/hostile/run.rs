//! Runs the binary against a kind and measures it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use wait4::Wait4 as _;

use super::kind::{Interrupt, Kind, Sink};
use super::peer::{Counts, Peer};

/// Variables of whoever runs the suite that would change what is printed or trusted.
const UNSET: [&str; 9] = [
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "LINES",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// How often a run is looked at.
const LOOK: Duration = Duration::from_millis(8);

/// How long beyond its budget a run may take before it is killed.
const PATIENCE: f64 = 10.0;

/// What a run left behind.
pub struct Run {
    /// The exit code; a signal's number, negated, where it was ended by one.
    pub code: i32,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    /// Bytes of both, all of them.
    pub printed: usize,
    pub seconds: f64,
    pub cpu: f64,
    /// The most memory that was ever resident.
    pub peak_kib: u64,
    /// Whether that is no more than a bound: it ended before it could be looked at, and had less than the suite itself.
    pub peak_is_a_bound: bool,
    pub counts: Counts,
    /// Whether it had to be killed.
    pub killed: bool,
    /// Where it was interrupted: the connections made after that, and the seconds until its end.
    pub after_signal: Option<(usize, f64)>,
}

impl Run {
    /// Keeps no more of the outputs than is told of a failure: there are hundreds of runs.
    pub fn forget(&mut self) {
        for bytes in [&mut self.out, &mut self.err] {
            bytes.truncate(600);
            bytes.shrink_to_fit();
        }
    }
}

/// Files are made one kind at a time, since what the suite itself holds blurs its measure.
static MAKING: Mutex<()> = Mutex::new(());

/// The most of an output that is looked at: more is too much anyway.
const LOOKED_AT: u64 = 1 << 19;

/// Runs a kind to its end.
pub async fn run(kind: &Kind) -> Run {
    let peer = kind.manner.as_ref().map(Peer::start);
    let folder = tempfile::tempdir().unwrap();
    let place = Place { port: peer.as_ref().map_or(1, |peer| peer.port), folder: folder.path() };
    place.make_files(kind);
    let start = Instant::now();
    let (mut child, output, ours) = start_measured(&place, kind);
    let watched = watch(&child, kind, peer.as_ref()).await;
    let ended = tokio::task::spawn_blocking(move || (child.wait4().unwrap(), output.read())).await.unwrap();
    let (used, (out, err, printed)) = ended;
    let counts = peer.as_ref().map(Peer::counts).unwrap_or_default();
    let all = used.rusage.maxrss / 1024;
    Run {
        code: used.status.code().unwrap_or_else(|| -used.status.signal().unwrap_or_default()),
        out,
        err,
        printed,
        seconds: watched.seconds,
        cpu: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
        // The kernel counts what the suite itself held when it started the child: up to there, what was seen is the measure, if there was time
        // to see anything.
        peak_kib: if all > ours || watched.peak_kib == 0 { all } else { watched.peak_kib },
        peak_is_a_bound: all <= ours && watched.peak_kib == 0,
        counts,
        killed: watched.killed,
        after_signal: watched.signalled.map(|(at, connections)| {
            let seconds = watched.seconds - at.duration_since(start).as_secs_f64();
            (counts.accepted - connections, seconds)
        }),
    }
}

/// Starts a kind; with the most that the suite itself held until then, which the kernel counts as the child's. One at a time, since whoever lets the
/// kernel forget that in between would have it told too low.
fn start_measured(place: &Place<'_>, kind: &Kind) -> (Child, Output, u64) {
    static STARTING: Mutex<()> = Mutex::new(());
    let _alone = STARTING.lock().unwrap();
    forget_high_water();
    let (child, output) = place.spawn(kind);
    (child, output, high_water(std::process::id()).unwrap_or_default())
}

/// Where a kind's arguments lead.
struct Place<'a> {
    port: u16,
    folder: &'a Path,
}

impl Place<'_> {
    fn fill(&self, text: &str) -> String {
        let port = self.port.to_string();
        text.replace("{url}", &format!("ws://127.0.0.1:{port}/"))
            .replace("{port}", &port)
            .replace("{folder}", &self.folder.display().to_string())
    }

    fn make_files(&self, kind: &Kind) {
        let _alone = MAKING.lock().unwrap();
        for make in &kind.files {
            make(self.folder);
        }
        for (name, text) in &kind.texts {
            std::fs::write(self.folder.join(name), self.fill(text)).unwrap();
        }
        for make in &kind.late {
            make(self.folder);
        }
    }

    fn spawn(&self, kind: &Kind) -> (Child, Output) {
        let binary = std::env::var("STEWS_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_stews").to_owned());
        let mut command = match kind.shell {
            None => Command::new(binary),
            Some(script) => {
                let mut command = Command::new("/bin/sh");
                command.args(["-c", script, &binary]);
                command
            }
        };
        for name in UNSET {
            command.env_remove(name);
        }
        command.args(kind.arguments.iter().map(|argument| self.fill(argument))).current_dir(self.folder);
        if !kind.target.is_empty() {
            command.arg(self.fill(kind.target));
        }
        command.envs(kind.environment.iter().map(|(name, value)| (name, self.fill(value)))).process_group(0);
        command.stdin(if kind.input.is_some() { Stdio::piped() } else { Stdio::null() });
        let output = Output::to(kind.sink, &mut command);
        let mut child = command.spawn().unwrap();
        // The command holds copies of what the child writes to.
        drop(command);
        if let (Some(bytes), Some(mut pipe)) = (kind.input, child.stdin.take()) {
            // It need not be read.
            let _ = pipe.write_all(bytes);
        }
        let output = output.follow(&mut child);
        (child, output)
    }
}

/// Where both outputs of a child go.
struct Output {
    out: Collected,
    err: Collected,
}

enum Collected {
    File(std::fs::File),
    /// A pipe whose reader goes after so many lines.
    Pipe(usize),
    Terminal(OwnedFd),
    Reading(JoinHandle<Vec<u8>>),
    Nothing,
}

impl Output {
    fn to(sink: Sink, command: &mut Command) -> Self {
        let err = tempfile::tempfile().unwrap();
        command.stderr(err.try_clone().unwrap());
        let out = match sink {
            Sink::File => {
                let out = tempfile::tempfile().unwrap();
                command.stdout(out.try_clone().unwrap());
                Collected::File(out)
            }
            Sink::Gone { lines } => {
                command.stdout(Stdio::piped());
                Collected::Pipe(lines)
            }
            Sink::Terminal { columns } => {
                let (ours, theirs) = terminal(columns);
                command.stdout(theirs.try_clone().unwrap()).stderr(theirs);
                return Self { out: Collected::Terminal(ours), err: Collected::Nothing };
            }
        };
        Self { out, err: Collected::File(err) }
    }

    fn follow(self, child: &mut Child) -> Self {
        let out = match self.out {
            Collected::Pipe(lines) => {
                let pipe = child.stdout.take().unwrap();
                Collected::Reading(std::thread::spawn(move || {
                    let mut out = Vec::new();
                    let mut reader = BufReader::with_capacity(1, pipe);
                    for _ in 0..lines {
                        let _ = reader.read_until(b'\n', &mut out);
                    }
                    out
                }))
            }
            Collected::Terminal(ours) => Collected::Reading(std::thread::spawn(move || {
                let mut out = Vec::new();
                // It ends with an error where the other side is closed.
                let _ = std::fs::File::from(ours).read_to_end(&mut out);
                out
            })),
            other => other,
        };
        Self { out, err: self.err }
    }

    /// Both outputs, and how long they are in all.
    fn read(self) -> (Vec<u8>, Vec<u8>, usize) {
        let ((out, of_out), (err, of_err)) = (self.out.read(), self.err.read());
        (out, err, of_out + of_err)
    }
}

impl Collected {
    fn read(self) -> (Vec<u8>, usize) {
        let bytes = match self {
            Self::File(mut file) => {
                use std::io::Seek as _;
                let mut bytes = Vec::new();
                file.rewind().unwrap();
                let length = file.metadata().unwrap().len();
                file.take(LOOKED_AT).read_to_end(&mut bytes).unwrap();
                return (bytes, length as usize);
            }
            Self::Reading(reader) => reader.join().unwrap(),
            Self::Pipe(_) | Self::Terminal(_) | Self::Nothing => Vec::new(),
        };
        let length = bytes.len();
        (bytes, length)
    }
}

/// A terminal of so many columns: our side, and the child's.
fn terminal(columns: u16) -> (OwnedFd, OwnedFd) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    tcsetwinsize(&ours, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let theirs = std::fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (ours, theirs.into())
}

struct Watched {
    seconds: f64,
    peak_kib: u64,
    killed: bool,
    signalled: Option<(Instant, usize)>,
}

/// Waits until the child has ended, and interrupts it where that is the kind.
async fn watch(child: &Child, kind: &Kind, peer: Option<&Peer>) -> Watched {
    let start = Instant::now();
    let mut watched = Watched { seconds: 0.0, peak_kib: 0, killed: false, signalled: None };
    let pid = Pid::from_child(child);
    let mut left = kind.interrupt.clone();
    loop {
        let (ended, peak_kib) = look(child.id());
        watched.peak_kib = watched.peak_kib.max(peak_kib.unwrap_or_default());
        watched.seconds = start.elapsed().as_secs_f64();
        if ended {
            return watched;
        }
        let accepted = peer.map_or(0, |peer| peer.counts().accepted);
        if let Some(signal) = left.as_mut().and_then(|left| due(left, accepted)) {
            // It may have ended meanwhile.
            let _ = kill_process(pid, signal);
            watched.signalled.get_or_insert((Instant::now(), accepted));
        }
        if watched.seconds > kind.expect.seconds + PATIENCE && !watched.killed {
            let _ = kill_process(pid, Signal::KILL);
            watched.killed = true;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The signal whose time has come.
fn due(interrupt: &mut Interrupt, accepted: usize) -> Option<Signal> {
    (accepted >= interrupt.connections && !interrupt.signals.is_empty()).then(|| interrupt.signals.remove(0))
}

/// Whether a child has ended, and the most memory it has had so far.
fn look(process: u32) -> (bool, Option<u64>) {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { return (true, None) };
    let ended = status.lines().any(|line| line.starts_with("State:") && line.contains('Z'));
    (ended, high_water_of(&status))
}

/// Lets the kernel forget how much memory this process once had: it counts it as a child's where that is started.
fn forget_high_water() {
    // Where it is not allowed, the measure is only coarser.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most resident memory of a process so far.
pub fn high_water(process: u32) -> Option<u64> {
    high_water_of(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

fn high_water_of(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
