use super::*;
use proptest::prelude::*;

fn bytes_of(random: &mut crate::random::Random, count: usize) -> Vec<u8> {
    (0..count).map(|_| random.next() as u8).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn every_tier_gives_the_bits_of_the_definition(
        groups in 1usize..90, count in 0usize..200, biased: bool, share in 0.0f32..1.1, seed: u64,
    ) {
        let mut random = crate::random::Random::new(seed);
        let blocks = count.div_ceil(BLOCK);
        let mut bytes = |n: usize| bytes_of(&mut random, n);
        let (table, codes) = (bytes(groups * GROUP_BYTES), bytes(blocks * groups * GROUP_BYTES));
        let bias: Vec<f32> = bytes(if biased { blocks * BLOCK } else { 0 }).into_iter().map(f32::from).collect();
        let case = Scan {
            table: &table,
            codes: &codes,
            bias: &bias,
            count,
            step: 0.37,
            base: -5.0,
            bar: share * groups as f32 * 4.0 * 255.0 * 0.37,
        };
        let mut wanted = Found::default();
        scan(Tier::Scalar, &case, &mut wanted);
        for tier in Tier::available() {
            let mut found = Found::default();
            scan(tier, &case, &mut found);
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), wanted.iter().collect::<Vec<_>>());
        }
        // Queries that differ in their tables and bars, together and alone.
        let tables: Vec<_> = (0..6).map(|_| bytes_of(&mut random, groups * GROUP_BYTES)).collect();
        let queries: Vec<_> = tables
            .iter()
            .enumerate()
            .map(|(i, table)| Scan { table, bar: case.bar * i as f32 / 3.0, ..case })
            .collect();
        for tier in Tier::available() {
            let mut together = vec![Found::default(); queries.len()];
            scan_together(tier, &queries, &mut together);
            for (query, found) in queries.iter().zip(together) {
                scan(Tier::Scalar, query, &mut wanted);
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), wanted.iter().collect::<Vec<_>>());
            }
        }
        let mut all = Found::default();
        scan(Tier::Scalar, &Scan { bar: f32::INFINITY, ..case }, &mut all);
        prop_assert_eq!(all.iter().count(), count);
        for (v, loss) in all.iter() {
            let v = v as usize;
            let block = &codes[v / BLOCK * groups * GROUP_BYTES..][..groups * GROUP_BYTES];
            let sum: u32 = (0..4 * groups)
                .map(|m| u32::from(table[16 * m + usize::from(code_at(block, v % BLOCK, m))]))
                .sum();
            let bias = bias.get(v).copied().unwrap_or(0.0);
            prop_assert_eq!(loss, (sum as f32).mul_add(0.37, bias - 5.0));
        }
    }
}

#[test]
fn sums_of_the_largest_tables_do_not_overflow() {
    let groups = 1024;
    let (table, codes) = (vec![255; groups * GROUP_BYTES], vec![0x5a; groups * GROUP_BYTES]);
    for tier in Tier::available() {
        let mut found = Found::default();
        let case = Scan {
            table: &table,
            codes: &codes,
            bias: &[],
            count: 32,
            step: 1.0,
            base: 0.0,
            bar: f32::INFINITY,
        };
        scan(tier, &case, &mut found);
        assert!(found.iter().all(|(_, loss)| loss == 4096.0 * 255.0));
    }
}

#[test]
fn codes_are_found_where_they_were_placed() {
    let mut block = vec![0; 2 * GROUP_BYTES];
    let code = |v: usize, m: usize| ((v * 7 + m * 3) % 16) as u8;
    for v in 0..BLOCK {
        let codes: Vec<_> = (0..7).map(|m| code(v, m)).collect();
        place_codes(&codes, v, &mut block);
    }
    for v in 0..BLOCK {
        assert!((0..7).all(|m| code_at(&block, v, m) == code(v, m)));
    }
}
