//! Databases, lists of targets, recordings, arguments, and places to write to.

use std::io::Write as _;

use super::kind::{IDENTIFIED, INTERNAL, Kind, NO_WEBSOCKET, UNIDENTIFIED, UNREACHABLE, USAGE};
use super::script::{Step, answer, echo};

pub fn kinds() -> Vec<Kind> {
    [
        broken_databases(),
        odd_databases(),
        bombs(),
        subcommands(),
        lists(),
        long_lists(),
        bad_lists(),
        arguments(),
        full(),
        closed(),
    ]
    .concat()
}

/// The embedded database as its file has it.
fn database() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fingerprints/database.json")).unwrap()
}

/// Its schema, as it stands there.
fn schema() -> String {
    let text = database();
    let from = text.find("\"schema\": ").unwrap();
    text[from..].chars().take_while(|letter| !",}\n".contains(*letter)).collect()
}

/// With a database; nothing is sent where it does not read.
fn with_database(name: &'static str, make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Kind {
    Kind::server(name, vec![echo()]).file("db.json", make).with("--db db.json")
}

/// The database with another line for the first answer: one that it does not have.
fn beyond_lines() -> Vec<u8> {
    let text = database();
    let (before, rest) = text.split_once("\"answers\": \"").unwrap();
    let (_, after) = rest.split_once(' ').unwrap();
    format!("{before}\"answers\": \"99999999 {after}").into_bytes()
}

fn broken_databases() -> Vec<Kind> {
    let broken = |name, make: fn() -> Vec<u8>| with_database(name, make).exits(&[USAGE]).says("db.json").connections(0);
    let at = |name, path: &str| {
        Kind::server(name, vec![echo()]).with(&format!("--db {path}")).exits(&[USAGE]).connections(0)
    };
    vec![
        broken("a database of nothing", Vec::new),
        broken("half a database", || database().into_bytes()[..400_000].to_vec()),
        broken("a database of 100,000 brackets", || vec![b'['; 100_000]),
        broken("a database of an older schema", || database().replacen(&schema(), "\"schema\": 3", 1).into_bytes())
            .says("schema"),
        broken("a database of a newer schema", || database().replacen(&schema(), "\"schema\": 99", 1).into_bytes())
            .says("schema"),
        broken("a database that has nothing but a schema", || format!("{{{}}}", schema()).into_bytes()),
        broken("a database with a key twice", || {
            database().replacen(&schema(), &format!("{0}, {0}", schema()), 1).into_bytes()
        }),
        broken("a database with a byte changed in each 1,000", || {
            let mut bytes = database().into_bytes();
            bytes.iter_mut().step_by(1000).for_each(|byte| *byte ^= 1);
            bytes
        }),
        broken("a database that is not UTF-8", || {
            [format!("{{{}, ", schema()).as_bytes(), b"\"\xff\xfe\": 1}"].concat()
        }),
        broken("a database with escapes as a key", || {
            format!("{{\"\u{1b}[31m\u{202e}\u{9b}\": 5, {}}}", schema()).into_bytes()
        }),
        broken("a database with escapes as names", || {
            database()
                .replace(
                    "\"product\": \"activej\"",
                    "\"product\": \"a\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m\\u202e\"",
                )
                .into_bytes()
        }),
        broken("a database whose probes are out of order", reversed_probes),
        broken("a database whose lines are out of order", || {
            database().replacen("\"lines\": [", "\"lines\": [\"0 |zzz\",", 1).into_bytes()
        }),
        broken("a database with answers beyond its lines", beyond_lines),
        at("a database that is a folder", "."),
        at("a database that is not there", "no\u{1b}[31m\u{9b}"),
        at("a database that is a link to itself", "loop")
            .files(|folder| std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap()),
        at("a database without end", "/dev/zero").seconds(10.0),
    ]
}

/// The same database with its probes turned around.
fn reversed_probes() -> Vec<u8> {
    let text = database();
    let from = text.find("\"probes\": {").unwrap() + 11;
    let to = from + text[from..].find('}').unwrap();
    let mut probes: Vec<&str> = text[from..to].split(',').map(str::trim).collect();
    probes.reverse();
    [&text[..from], &probes.join(", "), &text[to..]].concat().into_bytes()
}

fn odd_databases() -> Vec<Kind> {
    vec![
        with_database("a database behind a link", Vec::new)
            .files(|folder| {
                std::fs::remove_file(folder.join("db.json")).unwrap();
                std::os::unix::fs::symlink(
                    concat!(env!("CARGO_MANIFEST_DIR"), "/fingerprints/database.json"),
                    folder.join("db.json"),
                )
                .unwrap();
            })
            .exits(&[IDENTIFIED]),
        with_database("a database without behaviours", || {
            let text = database();
            let (from, to) = (text.find("\"behaviours\": [").unwrap() + 15, text.find("\n  ],\n  \"lines\"").unwrap());
            [&text[..from], &text[to..]].concat().into_bytes()
        })
        .exits(&[UNIDENTIFIED, USAGE]),
        with_database("a database with odd versions", || {
            database()
                .replace("\"versions\": [\"5.5\"]", "\"versions\": [\"\", \"99999999999999999999.x\", \"v\"]")
                .into_bytes()
        })
        .exits(&[IDENTIFIED, UNIDENTIFIED, USAGE]),
    ]
}

/// Small files that would grow.
fn bombs() -> Vec<Kind> {
    let file = |probes: &str, lines: &str, behaviours: &str| {
        let head = format!("{}, \"probe_set\": \"x\", \"probes\": {{{probes}}}", schema());
        format!("{{{head}, \"lines\": [{lines}], \"values\": [], \"behaviours\": [{behaviours}], \"releases\": []}}")
            .into_bytes()
    };
    let prefixes = move || {
        let lines: Vec<String> = (0..30_000).map(|number| format!("\"{number} |a\"")).collect();
        file("\"100\": \"x\"", &lines.join(","), "")
    };
    let runs = move || {
        let probes: Vec<String> = (100..60_000).map(|number| format!("\"{number}\": \"x\"")).collect();
        let named = "\"product\": \"p\", \"engine\": \"e\", \"framework\": null, \"versions\": [\"1\"], \"twins\": []";
        let one = format!("{{{named}, \"answers\": \"0x59900\"}}");
        file(&probes.join(","), "\"0 |a\"", &vec![one; 2000].join(","))
    };
    vec![
        with_database("a database whose lines grow by what they share", prefixes)
            .exits(&[USAGE])
            .connections(0)
            .seconds(10.0),
        with_database("a database whose answers grow by repetition", runs).exits(&[USAGE]).connections(0).seconds(10.0),
        with_database("a database of 80 MB", Vec::new)
            .files(|folder| {
                let file = std::fs::File::options().append(true).open(folder.join("db.json")).unwrap();
                (&file).write_all(b"{").unwrap();
                file.set_len(80 << 20).unwrap();
            })
            .exits(&[USAGE])
            .connections(0)
            .seconds(10.0),
    ]
}

/// What reads a database, on odd ones.
fn subcommands() -> Vec<Kind> {
    let bare = |name, arguments: &str| Kind::new(name).only(arguments).target("").exits(&[USAGE]);
    vec![
        bare("db list of nothing", "db list --db /dev/null"),
        bare("db list of a database without end", "db list --db /dev/zero").seconds(10.0),
        bare("db show of escapes", "db show \u{1b}[31m\u{9b}"),
        bare("db diff of one that is not there", "db diff ws \u{202e}none"),
        bare("a probe that is none", "probes \u{1b}[31m"),
        bare("a probe of a number that is none", "probes 99999999999999999999"),
        bare("a subcommand that is none", "\u{1b}[31m \u{202e}"),
    ]
}

/// A kind that reads the one target of its list and is done.
fn read_one(name: &'static str) -> Kind {
    Kind::server(name, vec![echo()]).with("-f list").target("").exits(&[IDENTIFIED]).connections(31)
}

/// Lists that are read, however they are written: one scan of the one target in each.
fn lists() -> Vec<Kind> {
    let read = |(name, text): (&'static str, &'static [u8])| {
        read_one(name)
            .files(move |folder| std::fs::write(folder.join("list.in"), text).unwrap())
            .shell("sed \"s/PORT/$PORT/g\" list.in > list; exec \"$0\" \"$@\"")
            .set("PORT", "{port}")
            .set("LC_ALL", "C")
    };
    let texts: [(&str, &[u8]); 6] = [
        ("a list with a byte order mark", b"\xef\xbb\xbfws://127.0.0.1:PORT/\n"),
        ("a list with CRLF", b"ws://127.0.0.1:PORT/\r\n\r\n# done\r\n"),
        ("a list with a Latin-1 letter in a comment", b"# caf\xe9\nws://127.0.0.1:PORT/\n"),
        ("a list with a tab before a comment", b"ws://127.0.0.1:PORT/\t# ours\n"),
        (
            "a list with the same target three times",
            b"ws://127.0.0.1:PORT/\nws://127.0.0.1:PORT/\nws://127.0.0.1:PORT/\n",
        ),
        ("a list with blanks around and no last line break", b"\n \t ws://127.0.0.1:PORT/  "),
    ];
    let utf16 = |(name, big): (&'static str, bool)| {
        read_one(name).text("list.txt", "ws://127.0.0.1:{port}/\n").late(move |folder| {
            let text = std::fs::read_to_string(folder.join("list.txt")).unwrap();
            let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
            std::fs::write(folder.join("list"), units.flat_map(unit).collect::<Vec<u8>>()).unwrap();
        })
    };
    let mut all: Vec<Kind> = texts.map(read).into();
    all.extend([("a list in UTF-16", false), ("a list in UTF-16, big end first", true)].map(utf16));
    all.push(
        read_one("one bad line of three, skipped")
            .text("list", "{url}\na b\n# c\n")
            .with("--skip-invalid")
            .says("skipped|line 2"),
    );
    all
}

/// Lists of many targets: what is told of one is not kept for the next.
fn long_lists() -> Vec<Kind> {
    let refused = |name, with, output| {
        Kind::new(name)
            .file("list", || (0..3_000).map(|number| format!("ws://127.0.0.1:1/{number}\n")).collect::<String>().into())
            .with(with)
            .target("")
            .exits(&[UNREACHABLE])
            .output(output)
            .long()
    };
    vec![
        refused("a list of 3,000, all refused", "-f list --host-delay 0", 4 << 20),
        refused("a list of 3,000 in JSON, all refused", "-f list --host-delay 0 --format jsonl", 20 << 20),
        Kind::server(
            "a list of 100 that are no WebSocket",
            vec![answer("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")],
        )
        .text("list", (0..100).map(|number| format!("{{url}}{number}\n")).collect::<String>())
        .only("-f list --timeout 0.5")
        .target("")
        .exits(&[NO_WEBSOCKET])
        .connections(100 * 7)
        .long(),
        Kind::server(
            "a list of 3 with heads of 60 kB, JSON",
            vec![super::script::open(format!("X: {}\r\n", "l".repeat(60_000))), Step::Hold],
        )
        .text("list", (0..3).map(|number| format!("{{url}}{number}\n")).collect::<String>())
        .only("-f list --timeout 0.3 --format jsonl")
        .target("")
        .exits(&[UNIDENTIFIED])
        .connections(3 * 60)
        .output(4 << 20)
        .seconds(120.0)
        .long(),
    ]
}

/// Lists that are not: nothing is sent.
fn bad_lists() -> Vec<Kind> {
    let wrong = |name, make: fn() -> Vec<u8>| {
        Kind::server(name, vec![echo()])
            .file("list", make)
            .with("-f list")
            .target("")
            .exits(&[USAGE])
            .says("list")
            .connections(0)
    };
    let at = |name, path: &str| Kind::new(name).with("-f").argument(path).target("").exits(&[USAGE]);
    vec![
        wrong("a list of nothing", Vec::new),
        wrong("a list of NUL bytes", || vec![0; 100]),
        wrong("a list with escapes in a line", || b"ws://127.0.0.1/\n\x1b[31m\xc2\x9b\xe2\x80\xae\n".to_vec())
            .says("line 2"),
        wrong("one bad line of a thousand", || [b"ws://127.0.0.1:1/x\n".repeat(999), b"a b\n".to_vec()].concat())
            .says("line 1000"),
        wrong("a list of one line of 10 MB", || vec![b'a'; 10 << 20]),
        wrong("a list of 300,000 bad lines", || b"a b\n".repeat(300_000)),
        wrong("a range that goes down in a list", || b"127.0.0.9-1\n".to_vec()),
        at("a list without end", "/dev/zero").seconds(10.0),
        at("a list that is a folder", "."),
        at("a list that is not there", "no\u{1b}[31m"),
        at("a list from nowhere", "-"),
        at("a list that is a link to itself", "loop")
            .files(|folder| std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap()),
        Kind::server("a list from standard input, twice", vec![echo()])
            .input(b"\xef\xbb\xbf# nothing\n")
            .with("-f - -f -")
            .target("")
            .exits(&[USAGE]),
    ]
}

fn arguments() -> Vec<Kind> {
    let wrong = |name, arguments: &[&str]| {
        let kind = Kind::server(name, vec![echo()]).exits(&[USAGE]).connections(0).output(4000);
        arguments.iter().fold(kind, |kind, argument| kind.argument(*argument))
    };
    let alone = |name, target: &str| Kind::new(name).argument(target).target("").output(4000);
    let right = |name, arguments: &[&str]| {
        let kind = Kind::server(name, vec![echo()]);
        arguments.iter().fold(kind, |kind, argument| kind.argument(*argument))
    };
    let mut all = vec![
        alone("a target of escapes", "ws://h\u{1b}[31m\u{202e}/").exits(&[USAGE]),
        alone("a target of 100 kB", &format!("ws://127.0.0.1:1/{}", "a".repeat(100_000))).exits(&[USAGE, UNREACHABLE]),
        alone("a bad target of 100 kB", &format!("ws://x y/{}", "a".repeat(100_000))).exits(&[USAGE]),
        alone("a range that goes down as a target", "127.0.0.9-1").exits(&[USAGE]),
        alone("a port of 99999", "ws://127.0.0.1:99999/").exits(&[USAGE]),
        alone("a target with a password", "ws://me:S3CRET@127.0.0.1:1/").exits(&[USAGE]).never("s3cret"),
        alone("a target of another scheme", "ftp://127.0.0.1/").exits(&[USAGE]),
        wrong("a header with a line break", &["-H", "X: a\r\nY: b"]),
        wrong("a header without a colon", &["-H", "nonsense \u{1b}[31m"]),
        wrong("a cookie with a line break", &["--cookie", "a\nb"]),
        wrong("an origin of escapes", &["--origin", "http://\u{1b}[31m"]),
        wrong("an origin that looks like a file", &["-o", "result.json"]).says("--output"),
        wrong("no connections", &["--connections", "0"]),
        wrong("a recording of two targets", &["-g", "ws://127.0.0.1:1/"]),
        wrong("a recording named as a path", &["-g", "--product", "../../x"]),
        wrong("a header file that is not there", &["-H", "@no\u{1b}[31m"]),
        wrong("a header file without end", &["-H", "@/dev/zero"]).seconds(10.0),
        right("a header of 50 kB", &["-H", &format!("X: {}", "a".repeat(50_000))])
            .exits(&[IDENTIFIED, UNIDENTIFIED, NO_WEBSOCKET, USAGE])
            .never("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        right("headers that the handshake has itself", &["-H", "Upgrade: h2c", "-H", "Sec-WebSocket-Key: x"]).exits(&[
            IDENTIFIED,
            UNIDENTIFIED,
            USAGE,
            NO_WEBSOCKET,
        ]),
        Kind::server("a time-out of almost nothing", vec![echo()]).only("--timeout=1e-9").exits(&[
            UNIDENTIFIED,
            NO_WEBSOCKET,
            USAGE,
        ]),
    ];
    for text in ["", "-1", "0", "1e400", "601", "nan"] {
        let kind = Kind::server("a time-out that is none", vec![echo()]).only("").argument(format!("--timeout={text}"));
        all.push(kind.exits(&[USAGE]).says("number").connections(0));
    }
    all
}

/// A full disk: told, and the exit code says so.
fn full() -> Vec<Kind> {
    let into_full = "exec \"$0\" \"$@\" > /dev/full";
    let scan = |name, arguments: &str| {
        Kind::server(name, vec![echo()]).with(arguments).shell(into_full).exits(&[INTERNAL]).says("cannot write")
    };
    let bare = |name, arguments: &str| {
        Kind::new(name).only(arguments).target("").shell(into_full).exits(&[INTERNAL]).says("cannot write|error")
    };
    vec![
        scan("a full disk, for people", ""),
        scan("a full disk, json", "--format json"),
        scan("a full disk, jsonl", "--format jsonl"),
        scan("a full disk, a recording", "-g"),
        bare("a full disk, --help", "--help"),
        bare("a full disk, --version", "--version"),
        bare("a full disk, probes", "probes"),
        bare("a full disk, db list", "db list"),
        bare("a full disk, db show", "db show ws"),
        bare("a full disk, completions", "completions bash"),
        bare("a full disk, manpage", "manpage"),
        Kind::server("a full disk for errors alone", vec![echo()])
            .with("-d -v")
            .shell("exec \"$0\" \"$@\" 2> /dev/full")
            .exits(&[IDENTIFIED, INTERNAL])
            .output(1 << 20),
    ]
}

/// Outputs that are closed before anything is written.
fn closed() -> Vec<Kind> {
    let closed =
        |name: &'static str, shell, arguments: &str| Kind::server(name, vec![echo()]).with(arguments).shell(shell);
    vec![
        closed("standard output is closed", "exec \"$0\" \"$@\" >&-", "").exits(&[INTERNAL]),
        closed("standard output is closed, json", "exec \"$0\" \"$@\" >&-", "--format json").exits(&[INTERNAL]),
        closed("standard error is closed", "exec \"$0\" \"$@\" 2>&-", "-d").exits(&[IDENTIFIED]).says("tungstenite"),
        // Nobody is there to be told anything, which is what a daemon does on purpose.
        closed("all three are closed", "exec \"$0\" \"$@\" <&- >&- 2>&-", "").exits(&[IDENTIFIED, INTERNAL]),
        Kind::new("standard output is closed, --help")
            .only("--help")
            .target("")
            .shell("exec \"$0\" \"$@\" >&-")
            .exits(&[INTERNAL]),
        closed("the working folder is gone", "mkdir d; cd d; rmdir ../d; exec \"$0\" \"$@\"", "").exits(&[IDENTIFIED]),
    ]
}
