//! Every instruction set of this machine against the scalar twin, and the twin against exact arithmetic.

use proptest::prelude::*;

use super::*;

/// Equal bits, or both some NaN.
fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Ordinary numbers mostly, and everything that a float can be.
fn any_float() -> impl Strategy<Value = f32> {
    prop_oneof![
        12 => -4.0_f32..4.0,
        1 => any::<f32>(),
        1 => prop::sample::select(vec![
            0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-40, -1e-30,
        ]),
    ]
}

/// `rows` pairs of vectors of one length, from nothing to several blocks and a tail.
fn vectors(float: impl Strategy<Value = f32>) -> impl Strategy<Value = (Vec<f32>, Vec<f32>, usize)> {
    let pool = prop::collection::vec(float, 140 * 10);
    (0_usize..140, 0_usize..10, pool).prop_map(|(width, rows, pool)| {
        (
            pool[pool.len() - width..].to_vec(),
            pool[..width * rows].to_vec(),
            rows,
        )
    })
}

fn row(rows: &[f32], width: usize, i: usize) -> &[f32] {
    &rows[i * width..(i + 1) * width]
}

proptest! {
    #[test]
    fn every_isa_gives_the_bits_of_the_scalar_twin((query, rows, count) in vectors(any_float())) {
        for isa in Isa::available() {
            let mut dots = vec![f32::NAN; count];
            let mut distances = vec![f32::NAN; count];
            isa.dot_rows(&query, &rows, &mut dots);
            isa.squared_l2_rows(&query, &rows, &mut distances);
            for i in 0..count {
                let row = row(&rows, query.len(), i);
                let (dot, distance) = (scalar::dot(&query, row), scalar::squared_l2(&query, row));
                prop_assert!(same(isa.dot(&query, row), dot), "{isa} dot of {}", query.len());
                prop_assert!(same(dots[i], dot), "{isa} row {i} of {count} x {}", query.len());
                prop_assert!(same(isa.squared_l2(&query, row), distance), "{isa} l2 of {}", query.len());
                prop_assert!(same(distances[i], distance), "{isa} l2 row {i} of {count} x {}", query.len());
            }
        }
    }

    #[test]
    fn a_block_has_the_bits_of_its_pairs(
        width in 1_usize..200,
        queries in 0_usize..4,
        count in 0_usize..200,
        pool in prop::collection::vec(any_float(), 997),
    ) {
        let pool: Vec<f32> = pool.into_iter().cycle().take(width * (count + queries)).collect();
        let (rows, queries) = pool.split_at(width * count);
        for isa in Isa::available() {
            let mut dots = vec![f32::NAN; queries.len() / width * count];
            let mut distances = dots.clone();
            isa.dot_block(queries, rows, width, &mut dots);
            isa.squared_l2_block(queries, rows, width, &mut distances);
            for (q, query) in queries.chunks_exact(width).enumerate() {
                for (r, row) in rows.chunks_exact(width).enumerate() {
                    prop_assert!(same(dots[q * count + r], scalar::dot(query, row)), "{isa} {q} {r}");
                    prop_assert!(same(distances[q * count + r], scalar::squared_l2(query, row)), "{isa} {q} {r}");
                }
            }
        }
    }

    #[test]
    fn every_isa_is_close_to_exact((query, rows, count) in vectors(-4.0_f32..4.0)) {
        for i in 0..count {
            let row = row(&rows, query.len(), i);
            let pairs = || query.iter().zip(row).map(|(x, y)| (f64::from(*x), f64::from(*y)));
            let dot: f64 = pairs().map(|(x, y)| x * y).sum();
            let size: f64 = pairs().map(|(x, y)| (x * y).abs()).sum();
            let distance: f64 = pairs().map(|(x, y)| (x - y) * (x - y)).sum();
            // A lane adds at most five products and the fold five levels: ten roundings, and two for a difference.
            let slack = 12.0 * f64::from(f32::EPSILON);
            for isa in Isa::available() {
                prop_assert!((f64::from(isa.dot(&query, row)) - dot).abs() <= size * slack);
                prop_assert!((f64::from(isa.squared_l2(&query, row)) - distance).abs() <= distance * slack);
            }
        }
    }

    #[test]
    fn hamming_counts_the_bits_on_every_isa(
        width in 0_usize..40,
        count in 0_usize..6,
        pool in prop::collection::vec(any::<u64>(), 40 * 6),
    ) {
        let query = &pool[pool.len() - width..];
        let rows = &pool[..width * count];
        for isa in Isa::available() {
            let mut distances = vec![u32::MAX; count];
            isa.hamming_rows(query, rows, &mut distances);
            for i in 0..count {
                let row = &rows[i * width..(i + 1) * width];
                let bits = |words: &[u64]| -> Vec<u8> {
                    words.iter().flat_map(|w| (0..64).map(move |b| (w >> b & 1) as u8)).collect()
                };
                let expected = bits(query).iter().zip(bits(row)).filter(|(x, y)| **x != *y).count() as u32;
                prop_assert_eq!(isa.hamming(query, row), expected);
                prop_assert_eq!(distances[i], expected);
            }
        }
    }
}

#[test]
fn rows_may_be_anywhere_and_come_twice() {
    for width in [0, 1, 16, 37, 100, 130] {
        let floats: Vec<f32> = (0..width * 21).map(|i| (i as f32 * 0.7).sin()).collect();
        let (query, rows) = floats.split_at(width);
        let ids: Vec<u32> = (0..41).map(|i| i * 7 % 20).collect();
        for isa in Isa::available() {
            for count in [0, 1, 3, 4, 5, 41] {
                let (mut dots, mut distances) = (vec![f32::NAN; count], vec![f32::NAN; count]);
                isa.dot_at(query, rows, &ids[..count], &mut dots);
                isa.squared_l2_at(query, rows, &ids[..count], &mut distances);
                for (i, id) in ids[..count].iter().enumerate() {
                    let row = row(rows, width, *id as usize);
                    assert!(same(dots[i], scalar::dot(query, row)), "{isa} {width} {i}");
                    assert!(
                        same(distances[i], scalar::squared_l2(query, row)),
                        "{isa} {width} {i}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_row_that_is_not_there_is_refused() {
    for isa in Isa::available() {
        let ask = |id| {
            let call = || isa.dot_at(&[1.0, 2.0], &[0.0; 6], &[0, id], &mut [0.0; 2]);
            std::panic::catch_unwind(call).is_err()
        };
        assert!(!ask(2) && ask(3) && ask(u32::MAX), "{isa}");
    }
}

#[test]
fn slices_may_start_anywhere() {
    let floats: Vec<f32> = (0..300).map(|i| (i as f32).sin()).collect();
    for isa in Isa::available() {
        for start in 0..17 {
            let (a, b) = (&floats[start..start + 100], &floats[start + 101..start + 201]);
            assert!(same(isa.dot(a, b), scalar::dot(a, b)), "{isa} from {start}");
        }
    }
}

#[test]
fn the_order_of_the_additions_is_the_documented_one() {
    // 2^24 swallows a lone 1, so the result tells who was added to whom: the ones of lanes 16 to 31 meet those of lanes
    // 0 to 15 before anything meets lane 0's giant.
    let mut a = vec![1.0_f32; LANES];
    a[0] = 16_777_216.0;
    let ones = vec![1.0_f32; LANES];
    // Lane 0 loses the one of lane 16 and then takes 2, 4, 8 and 16.
    for isa in Isa::available() {
        assert_eq!(isa.dot(&a, &ones), 16_777_216.0 + 2.0 + 4.0 + 8.0 + 16.0, "{isa}");
    }
    // Fused: the square is not rounded before the sum. (1 + e)^2 - (1 + 2e) = e^2 with e = 2^-12 and lane 0 twice.
    let e = 2.0_f32.powi(-12);
    let (mut x, mut y) = (vec![0.0; LANES + 1], vec![0.0; LANES + 1]);
    (x[0], y[0], x[LANES], y[LANES]) = (-(1.0 + 2.0 * e), 1.0, 1.0 + e, 1.0 + e);
    for isa in Isa::available() {
        assert_eq!(isa.dot(&x, &y), e * e, "{isa}");
    }
}

#[test]
fn a_sum_that_underflows_is_plain_zero() {
    for isa in Isa::available() {
        for width in [1, 5, 32, 33, 100] {
            let (a, b) = (vec![-1e-30_f32; width], vec![1e-30_f32; width]);
            assert_eq!(isa.dot(&a, &b).to_bits(), 0.0_f32.to_bits(), "{isa} {width}");
        }
    }
}

#[test]
fn nothing_scores_zero() {
    for isa in Isa::available() {
        assert_eq!(
            (isa.dot(&[], &[]), isa.squared_l2(&[], &[]), isa.hamming(&[], &[])),
            (0.0, 0.0, 0)
        );
        let mut out = [1.0; 3];
        isa.dot_rows(&[], &[], &mut out);
        assert_eq!(out, [0.0; 3]);
        isa.dot_rows(&[1.0], &[], &mut []);
    }
}

#[test]
fn the_active_isa_is_the_last_available() {
    assert_eq!(Isa::available().last(), Some(&Isa::active()));
    assert_eq!(Isa::available()[0], Isa::SCALAR);
}

#[test]
#[should_panic(expected = "two vectors of one length")]
fn a_longer_vector_is_refused() {
    dot(&[1.0, 2.0], &[1.0]);
}

#[test]
fn a_block_that_does_not_fit_is_refused() {
    let refused = |queries: usize, rows: usize, width, out: usize| {
        let call = || dot_block(&vec![0.0; queries], &vec![0.0; rows], width, &mut vec![0.0; out]);
        std::panic::catch_unwind(call).is_err()
    };
    assert!(!refused(4, 6, 2, 6));
    assert!(refused(3, 6, 2, 6) && refused(4, 5, 2, 6) && refused(4, 6, 2, 5) && refused(4, 6, 0, 6));
}

#[test]
#[should_panic(expected = "as wide as the query")]
fn a_missing_row_is_refused() {
    dot_rows(&[1.0, 2.0], &[1.0, 2.0], &mut [0.0; 2]);
}
