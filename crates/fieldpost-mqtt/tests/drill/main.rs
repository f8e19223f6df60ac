//! Bent packets against codec and session: none makes them panic. `FIELDPOST_SEED` and `FIELDPOST_ROUNDS` change the run; `fuzz/` has the
//! long form.

mod bend;

use fieldpost_mqtt::drill;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn good_packets_are_all_taken() {
    let packets: Vec<usize> = bend::samples().iter().map(|bytes| drill(bytes)).collect();
    assert_eq!(packets, [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 11, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 10]);
}

#[test]
fn bent_packets_make_nobody_panic() {
    let (seed, rounds) = (number("FIELDPOST_SEED", 7), number("FIELDPOST_ROUNDS", 200_000));
    let (samples, mut dice) = (bend::samples(), bend::Dice(seed));
    let mut far = 0;
    for _ in 0..rounds {
        far += usize::from(drill(&bend::bend(&mut dice, &samples)) > 1);
    }
    // Bytes that never get behind CONNECT would test little.
    assert!(far as u64 > rounds / 10, "seed {seed}: {far} of {rounds} got behind CONNECT");
}
