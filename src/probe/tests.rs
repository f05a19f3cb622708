use super::*;
use crate::wire::Opcode;

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
        assert!(!probe.group.is_empty(), "{}", probe.id);
        assert!(!probe.script.is_empty(), "{} ends without a fence", probe.id);
    }
}

/// 200 to 206 count (RSV1, RSV2, RSV3) from 001 to 111.
#[test]
fn the_reserved_bits_count_upwards() {
    for (index, probe) in series_200_reserved_bits::PROBES.iter().take(7).enumerate() {
        let Step::Send(frame) = probe.script[0] else { panic!("{} sends nothing", probe.id) };
        assert_eq!(usize::from(frame.rsv.value()), index + 1, "{}", probe.id);
    }
}

/// What a scan step by step may draw on has killed nobody, and is most of the default set.
#[test]
fn a_scan_step_by_step_sends_nothing_that_has_killed() {
    let gentle = gentle_set();
    assert!(gentle.iter().all(|probe| probe.is_default() && !probe.has_killed()));
    assert!(gentle.iter().any(|probe| probe.id == BASELINE.id));
    let left_out = ALL.len() - gentle.len();
    assert!(gentle.len() > 200, "{left_out} of {} are left out", ALL.len());
    let deadly = [110, 350, 353, 360, 364, 371, 400, 401, 702].map(ProbeId::new);
    assert!(gentle.iter().all(|probe| !deadly.contains(&probe.id)));
}

/// A message, whole or in fragments or with the handshake, is for the application; what no application may see is not.
#[test]
fn what_speaks_to_an_application_is_told() {
    let speaks = |number: u16| find(ProbeId::new(number)).unwrap().speaks_to_application();
    assert!([100, 120, 800].into_iter().all(speaks));
    assert!(![105, 110, 200, 300, 901].into_iter().any(speaks));
}

/// Large, sent or only declared, is never in the default set; nor is anything legal that a server is known to die of.
#[test]
fn whatever_may_harm_is_heavy() {
    for probe in ALL.iter() {
        let large = probe.payload_bytes() > 4096 || probe.declared_bytes() > 4096;
        let deadly = probe.risk == Risk::Polite && !probe.kills.is_empty();
        assert!(!large && !deadly || probe.risk == Risk::Heavy, "{}", probe.id);
        assert!(probe.series() != 600 || probe.risk == Risk::Heavy, "{}", probe.id);
        assert!(probe.risk < Risk::Heavy || !probe.is_default(), "{}", probe.id);
    }
}

/// A fence inside a frame would be its payload.
#[test]
fn fences_stand_between_frames() {
    for probe in ALL.iter() {
        let mut inside = false;
        for step in probe.script {
            assert!(!(inside && matches!(step, Step::Fence)), "{}", probe.id);
            inside |= step.frames().iter().any(|frame| frame.payload.len() < frame.head([0; 4]).length.bytes());
        }
    }
}

#[test]
fn every_group_of_the_plan_has_probes() {
    let groups: std::collections::BTreeSet<&str> = ALL.iter().map(|probe| probe.group).collect();
    assert!(groups.len() >= 30, "{groups:?}");
    for group in &groups {
        let layers: Vec<_> = ALL.iter().filter(|probe| probe.group == *group).map(|probe| probe.layer).collect();
        assert!(layers.iter().all(|layer| *layer == layers[0]), "{group}: {layers:?}");
    }
}

/// Every opcode, every pattern of reserved bits on data, control and continuation, and every code of the plan.
#[test]
fn the_sweeps_are_complete() {
    let frames = || ALL.iter().flat_map(|probe| probe.script).flat_map(Step::frames);
    for value in 0..16 {
        assert!(frames().any(|frame| frame.opcode.value() == value), "opcode {value}");
    }
    for bits in 1..8 {
        for opcode in [Opcode::BINARY, Opcode::PING, Opcode::CONTINUATION] {
            assert!(frames().any(|frame| frame.opcode == opcode && frame.rsv.value() == bits), "{opcode} {bits}");
        }
    }
    let codes = (1000..=1016).chain([0, 999, 1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65535]);
    for code in codes.map(u16::to_be_bytes) {
        let sent = |frame: &Frame| matches!(frame.payload, Payload::Exact(bytes) if bytes == code);
        assert!(frames().any(|frame| frame.opcode == Opcode::CLOSE && sent(frame)), "{code:?}");
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
        find(ProbeId::new(199)).unwrap_err().to_string(),
        "there is no probe `199`; `stews probes` lists them all"
    );
    assert!("2o3".parse::<ProbeId>().is_err());
}

#[test]
fn the_baseline_is_the_legal_handshake() {
    assert!(BASELINE.id == ProbeId::BASELINE && BASELINE.opens_legally() && BASELINE.is_handshake());
}
