use super::*;
use proptest::prelude::*;

#[test]
fn every_half_survives_the_way_there_and_back() {
    for half in 0..=u16::MAX {
        let wide = widen(half);
        if half & 0x7c00 == 0x7c00 {
            assert!(!wide.is_finite(), "{half:04x}");
        } else {
            assert_eq!(narrow(wide), half, "{half:04x} {wide:e}");
        }
    }
}

#[test]
fn narrowing_takes_the_nearest_and_of_two_the_even() {
    let finite: Vec<f32> = (0..0x7c00).map(widen).collect();
    for pair in finite.windows(2) {
        let middle = f32::midpoint(pair[0], pair[1]);
        let low = narrow(pair[0]);
        assert_eq!(narrow(middle), low + (low & 1), "{middle:e}");
        assert_eq!(narrow(middle.next_down()), low, "below {middle:e}");
        assert_eq!(narrow(-middle.next_up()), 0x8000 | (low + 1), "above {middle:e}");
    }
    assert_eq!((narrow(1e17), narrow(-1e17)), (0x7bff, 0xfbff));
}

proptest! {
    #[test]
    fn every_tier_gives_the_bits_of_the_definition(
        blocks in 1usize..5,
        asked in prop::collection::vec(0u32..5, 0..20),
        floats in prop::collection::vec(-3f32..3.0, 128 * 6),
    ) {
        let width = blocks * 32;
        let (query, rows) = floats[..width * 6].split_at(width);
        let rows: Vec<u16> = rows.iter().map(|x| narrow(*x)).collect();
        let (mut dots, mut distances) = (vec![0.0; asked.len()], vec![0.0; asked.len()]);
        widened(query, &rows, &asked, &mut dots, kernel::dot);
        widened(query, &rows, &asked, &mut distances, kernel::squared_l2);
        for tier in Tier::available() {
            let mut found = vec![f32::NAN; asked.len()];
            dot_at(tier, query, &rows, &asked, &mut found);
            prop_assert_eq!(&found, &dots, "{:?}", tier);
            squared_l2_at(tier, query, &rows, &asked, &mut found);
            prop_assert_eq!(&found, &distances, "{:?}", tier);
        }
    }
}
