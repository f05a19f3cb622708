use super::*;

#[test]
fn ids_are_unique_sorted_and_in_their_series() {
    let ids: Vec<u16> = ALL.iter().map(|probe| probe.id.number()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    assert!(ALL.iter().all(|probe| (100..1000).contains(&probe.series())));
}

#[test]
fn every_number_of_the_original_is_here() {
    let original = (100..=105).chain(200..=206).chain(300..=310).chain(400..=405).chain(500..=501);
    for number in original.chain(600..=612).chain(700..=705) {
        find(ProbeId::new(number)).unwrap();
    }
}

#[test]
fn every_probe_says_what_why_and_where() {
    for probe in ALL.iter() {
        assert!(!probe.summary.is_empty() && probe.summary.len() < 100, "{}", probe.id);
        assert!(probe.why.len() > 40, "{}", probe.id);
        assert!(
            probe.reference.contains("RFC")
                || probe.reference.contains("draft")
                || probe.reference.contains("protocol")
        );
        assert!(!probe.script.is_empty(), "{} ends without a fence", probe.id);
    }
}

/// The original sent one pattern seven times, and one offer six times.
#[test]
fn no_two_probes_send_the_same() {
    let mut sent: Vec<String> = ALL.iter().map(|probe| format!("{:?} {:?}", probe.opening, probe.script)).collect();
    sent.sort();
    let all = sent.len();
    sent.dedup();
    assert_eq!(sent.len(), all);
}

/// 200 to 206 count (RSV1, RSV2, RSV3) from 001 to 111.
#[test]
fn the_reserved_bits_count_upwards() {
    for (index, probe) in series_200_reserved_bits::PROBES.iter().enumerate() {
        let Step::Send(frame) = probe.script[0] else { panic!("{} sends nothing", probe.id) };
        assert_eq!(usize::from(frame.rsv.value()), index + 1, "{}", probe.id);
    }
}

#[test]
fn whatever_carries_a_large_payload_is_heavy() {
    for probe in ALL.iter() {
        assert_eq!(probe.risk == Risk::Heavy, probe.series() == 600, "{}", probe.id);
        assert!(probe.risk == Risk::Heavy || probe.payload_bytes() < 4096, "{}", probe.id);
    }
}

#[test]
fn the_long_payloads_are_the_documented_ones() {
    let lengths: Vec<u64> = series_600_long_payloads::PROBES.iter().map(Probe::payload_bytes).collect();
    assert_eq!(
        lengths,
        [
            100,
            1_048_576,
            1_048_577,
            5_095_577,
            10_000_000,
            16_777_216,
            16_777_217,
            67_108_863,
            67_108_864,
            100_000_000,
            100_000_001,
            104_857_600,
            104_857_601
        ]
    );
}

#[test]
fn an_unknown_id_says_where_to_look() {
    assert_eq!(
        find(ProbeId::new(999)).unwrap_err().to_string(),
        "there is no probe `999`; `stews probes` lists them all"
    );
    assert!("2o3".parse::<ProbeId>().is_err());
}

#[test]
fn the_baseline_is_the_legal_handshake() {
    assert!(BASELINE.id == ProbeId::BASELINE && BASELINE.opens_legally() && BASELINE.is_handshake());
}
