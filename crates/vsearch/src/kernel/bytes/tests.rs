use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_tier_gives_the_scalar_number(
        lines in 1usize..6,
        count in 1usize..9,
        asked in prop::collection::vec(0u32..1000, 0..40),
        bytes in prop::collection::vec(any::<u8>(), 6 * 64 * 10),
    ) {
        let width = lines * LINE;
        let image: Vec<i8> = bytes[..width].iter().map(|byte| *byte as i8).collect();
        let rows = &bytes[width..width * (1 + count)];
        let ids: Vec<u32> = asked.iter().map(|id| id % count as u32).collect();
        let mut wanted = vec![0; ids.len()];
        scalar::dot_at(&image, rows, &ids, &mut wanted);
        for tier in Tier::available() {
            let mut found = vec![1; ids.len()];
            dot_at(tier, &image, rows, &ids, &mut found);
            prop_assert_eq!(&found, &wanted, "{:?}", tier);
        }
    }
}

#[test]
fn the_largest_numbers_fit() {
    for (x, y) in [(-128i8, 255u8), (127, 255)] {
        let (image, rows) = (vec![x; 4224], vec![y; 4224]);
        for tier in Tier::available() {
            let mut out = [0];
            dot_at(tier, &image, &rows, &[0], &mut out);
            assert_eq!(out[0], 4224 * i32::from(x) * i32::from(y), "{tier:?}");
        }
    }
}
