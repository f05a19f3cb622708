//! A kind of hostility as data: who answers, what is asked of stews, and what must hold afterwards.

use std::path::Path;
use std::sync::Arc;

use rustix::process::Signal;

use super::peer::Manner;
use super::run::Run;
use super::script::Step;

/// Where the result goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// Into a file.
    File,
    /// Into a pipe whose reader goes after so many lines.
    Gone { lines: usize },
    /// Onto a terminal of so many columns.
    Terminal { columns: u16 },
}

/// Signals that are sent while a run is under way.
#[derive(Clone)]
pub struct Interrupt {
    pub signals: Vec<Signal>,
    /// How many connections the peer must have accepted before the first.
    pub connections: usize,
}

type Make = Arc<dyn Fn(&Path) + Send + Sync>;

/// One kind; where it has no peer, nobody listens at its port.
#[derive(Clone)]
pub struct Kind {
    pub group: &'static str,
    pub name: String,
    pub manner: Option<Manner>,
    /// The arguments; `{url}`, `{port}` and `{folder}` stand for what they name.
    pub arguments: Vec<String>,
    /// The target, with the same placeholders; nothing where the arguments name it.
    pub target: &'static str,
    /// Makes the files it needs, in its own folder.
    pub files: Vec<Make>,
    /// Texts with the same placeholders as the arguments.
    pub texts: Vec<(&'static str, String)>,
    /// Made after the texts.
    pub late: Vec<Make>,
    pub environment: Vec<(&'static str, String)>,
    /// A shell script that runs `"$0" "$@"`.
    pub shell: Option<&'static str>,
    pub input: Option<&'static [u8]>,
    pub sink: Sink,
    pub interrupt: Option<Interrupt>,
    pub expect: Expect,
    /// What is wrong beyond what [`Expect`] can say.
    pub check: Option<fn(&Run) -> Option<String>>,
    /// Whether it takes so long that it should begin early.
    pub long: bool,
}

/// What must hold.
#[derive(Clone)]
pub struct Expect {
    pub exits: Vec<i32>,
    /// Words of either output, in lower case; `a|b` where either will do.
    pub says: Vec<&'static str>,
    /// Words of neither output, in lower case.
    pub never: Vec<&'static str>,
    pub connections: usize,
    pub seconds: f64,
    pub output: usize,
}

/// The exit codes.
pub const IDENTIFIED: i32 = 0;
pub const UNIDENTIFIED: i32 = 1;
pub const USAGE: i32 = 2;
pub const NO_WEBSOCKET: i32 = 3;
pub const INTERNAL: i32 = 4;
pub const UNREACHABLE: i32 = 6;

/// The most connections of a default scan, and of a thorough one: twice as many as there are probes to play, and 16.
const CONNECTIONS: usize = 60;
const CONNECTIONS_THOROUGH: usize = 2 * 248 + 16;

/// The most seconds for a target by default and with `--thorough`, and some for a busy machine.
const SECONDS: f64 = 30.0 + 5.0;
const SECONDS_THOROUGH: f64 = 120.0 + 5.0;

/// The most that is printed, in bytes.
const OUTPUT: usize = 200_000;

impl Kind {
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            group: "",
            name: name.into(),
            manner: None,
            arguments: ["--timeout", "1"].map(str::to_owned).into(),
            target: "{url}",
            files: Vec::new(),
            texts: Vec::new(),
            late: Vec::new(),
            environment: Vec::new(),
            shell: None,
            input: None,
            sink: Sink::File,
            interrupt: None,
            expect: Expect {
                exits: vec![UNIDENTIFIED, NO_WEBSOCKET],
                says: Vec::new(),
                never: Vec::new(),
                connections: CONNECTIONS,
                seconds: SECONDS,
                output: OUTPUT,
            },
            check: None,
            long: false,
        }
    }

    /// A server that plays the same script on each connection.
    pub fn server(name: impl Into<String>, script: Vec<Step>) -> Self {
        Self::new(name).peer(Manner::always(script))
    }

    pub fn peer(mut self, manner: Manner) -> Self {
        self.manner = Some(manner);
        self
    }

    /// More arguments, separated by spaces.
    pub fn with(mut self, arguments: &str) -> Self {
        self.arguments.extend(arguments.split_whitespace().map(str::to_owned));
        if self.arguments.iter().any(|argument| ["--thorough", "-g", "-a"].contains(&argument.as_str())) {
            self.expect.connections = self.expect.connections.max(CONNECTIONS_THOROUGH);
            self.expect.seconds = self.expect.seconds.max(SECONDS_THOROUGH);
        }
        self
    }

    /// One more argument, as it is.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// These arguments and no others.
    pub fn only(mut self, arguments: &str) -> Self {
        self.arguments.clear();
        self.with(arguments)
    }

    pub const fn target(mut self, target: &'static str) -> Self {
        self.target = target;
        self
    }

    /// The same with `--thorough`.
    pub fn thorough(&self) -> Self {
        self.clone().with("--thorough")
    }

    /// As it is by default, and with `--thorough`.
    pub fn both(self) -> Vec<Self> {
        let thorough = self.thorough();
        vec![self, thorough]
    }

    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.texts.push((name, text.into()));
        self
    }

    pub fn file(self, name: &'static str, make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        self.files(move |folder| std::fs::write(folder.join(name), make()).unwrap())
    }

    pub fn files(mut self, make: impl Fn(&Path) + Send + Sync + 'static) -> Self {
        self.files.push(Arc::new(make));
        self
    }

    /// Makes files of the texts.
    pub fn late(mut self, make: impl Fn(&Path) + Send + Sync + 'static) -> Self {
        self.late.push(Arc::new(make));
        self
    }

    pub fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    pub const fn shell(mut self, script: &'static str) -> Self {
        self.shell = Some(script);
        self
    }

    pub const fn input(mut self, bytes: &'static [u8]) -> Self {
        self.input = Some(bytes);
        self
    }

    pub const fn into_a(mut self, sink: Sink) -> Self {
        self.sink = sink;
        self
    }

    pub fn interrupted(mut self, signals: &[Signal], connections: usize) -> Self {
        self.interrupt = Some(Interrupt { signals: signals.to_vec(), connections });
        self
    }

    pub fn exits(mut self, codes: &[i32]) -> Self {
        self.expect.exits = codes.to_vec();
        self
    }

    /// Words that one of the outputs holds, in lower case.
    pub fn says(mut self, words: &'static str) -> Self {
        self.expect.says.push(words);
        self
    }

    /// Words that no output holds, in lower case.
    pub fn never(mut self, words: &'static str) -> Self {
        self.expect.never.push(words);
        self
    }

    pub const fn connections(mut self, most: usize) -> Self {
        self.expect.connections = most;
        self
    }

    pub const fn seconds(mut self, most: f64) -> Self {
        self.expect.seconds = most;
        self
    }

    pub const fn output(mut self, most: usize) -> Self {
        self.expect.output = most;
        self
    }

    pub fn check(mut self, check: fn(&Run) -> Option<String>) -> Self {
        self.check = Some(check);
        self
    }

    pub const fn long(mut self) -> Self {
        self.long = true;
        self
    }

    /// Whether colours are wanted.
    pub fn is_coloured(&self) -> bool {
        let forced = self.environment.iter().any(|(name, _)| *name == "CLICOLOR_FORCE");
        forced
            || matches!(self.sink, Sink::Terminal { .. })
            || self.arguments.iter().any(|argument| argument == "always")
    }

    /// What sets it apart, in the table.
    pub fn options(&self) -> String {
        self.arguments.join(" ")
    }
}

/// A group of kinds.
pub fn group(name: &'static str, kinds: Vec<Kind>) -> Vec<Kind> {
    kinds.into_iter().map(|kind| Kind { group: name, ..kind }).collect()
}
