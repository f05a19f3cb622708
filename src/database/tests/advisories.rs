use super::*;

fn advisory(product: &str, ranges: &[(&str, Option<&str>, Option<&str>)]) -> Advisory {
    let affected = ranges.iter().map(|(introduced, fixed, last)| Affected {
        introduced: (*introduced).to_owned(),
        fixed: fixed.map(str::to_owned),
        last_affected: last.map(str::to_owned),
    });
    let ids = vec!["CVE-1".to_owned()];
    Advisory {
        ids,
        product: product.to_owned(),
        title: "a flaw".to_owned(),
        affected: affected.collect(),
        severity: None,
        published: None,
        source: "https://advisories.example/1".to_owned(),
    }
}

#[test]
fn a_version_is_affected_by_its_number_whatever_stands_around_it() {
    let gorilla = advisory("gorilla", &[("0", Some("1.4.1"), None)]);
    assert_eq!(["v1.4.0", "v1.4.1", "v1.10.0"].map(|version| gorilla.affects(version)), [true, false, false]);
    let jetty = advisory("jetty", &[("9.4.0", None, Some("9.4.59")), ("12.1.0", None, Some("12.1.6"))]);
    let versions = ["9.3.30", "9.4.58.v20250814", "9.4.59.v20251118", "9.4.60", "10.0.26", "12.1.6", "12.1.7"];
    assert_eq!(versions.map(|version| jetty.affects(version)), [false, true, true, false, false, true, false]);
    let netty = advisory("netty", &[("4.0.0", Some("4.1.44"), None)]);
    assert_eq!(["4.1.43.Final", "4.1.44.Final"].map(|version| netty.affects(version)), [true, false]);
    let tornado = advisory("tornado", &[("0", Some("6.5.0"), None), ("6.6", Some("6.6.1"), None)]);
    assert_eq!(["6.4.2", "6.5", "6.6.0"].map(|version| tornado.affects(version)), [true, false, true]);
    assert!(advisory("ws-rs", &[("0", None, None)]).affects("0.9.2"), "never mended");
}

/// Lines that are maintained side by side say nothing of each other: what follows a range ends where the next begins.
#[test]
fn a_range_is_told_from_what_follows_it_before_the_next_range_begins() {
    let database = derive(
        &[
            recording("ws", "6.2.7", &[(203, "| fin")]),
            recording("ws", "7.4.5", &[(203, "| fin"), (309, "HTTP/1.1 101 Fine {Server: ws} | alive")]),
            recording("ws", "7.5.14", &[(203, "close 1002 | fin"), (309, "HTTP/1.1 101 Fine {Server: w} | alive")]),
            recording("ws", "8.0.0", &[(203, "close 1002 | fin")]),
            recording("ws", "8.1.0", &[(203, "close 1002 | fin")]),
        ],
        &[],
    );
    let ranges = [("6.0.0", Some("6.2.9"), None), ("7.0.0", Some("7.5.0"), None), ("8.0.0", Some("8.0.5"), None)];
    let known = advisory("ws", &ranges);
    let told: Vec<_> = known.affected.iter().map(|range| known.told(range, &database)).collect();
    let compared = |affected, mended, probes: &[u16]| Told::Compared {
        affected,
        mended,
        probes: probes.iter().copied().map(ProbeId::new).collect(),
    };
    assert_eq!(told, [Told::NotRecorded, compared("7.4.5", "7.5.14", &[203]), compared("8.0.0", "8.1.0", &[])]);
}

#[test]
fn the_embedded_list_reads_and_its_ranges_stand_in_order() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints/advisories.json");
    let all: Vec<Advisory> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(all.len() > 50, "{}", all.len());
    let recorded = Database::embedded().unwrap().behaviours;
    for known in &all {
        assert!(recorded.iter().any(|one| one.product == known.product), "{known:?}");
        assert!(known.affected.iter().all(|range| range.holds(&range.introduced)), "{known:?}");
        assert!(known.affected.windows(2).all(|pair| !pair[0].holds(&pair[1].introduced)), "{known:?}");
    }
    assert_eq!(Advisory::of_product("ws").count(), all.iter().filter(|known| known.product == "ws").count());
}
