use super::*;
use crate::stage::{HeadView, Utility};
use crate::testing;

fn combine(utility: &dyn Utility, columns: &[Vec<f32>]) -> Vec<f32> {
    let wired: Vec<usize> = (0..columns.len()).collect();
    let mut out = vec![0.0; columns[0].len()];
    utility.combine(&HeadView::new(columns, &wired, out.len()), &mut out);
    out
}

#[test]
fn both_pass_the_kit() {
    let columns = vec![
        vec![0.5, f32::NAN, -3.0, f32::MAX, 0.0],
        vec![f32::NAN, f32::NAN, 1e30, f32::MAX, -0.0],
    ];
    testing::utility(&SingleHead::new("a"), &columns[..1]);
    let sum = WeightedSum::builder()
        .head("a", 3e38)
        .head_or("b", -3e38, 2.0)
        .version(7)
        .build()
        .unwrap();
    testing::utility(&sum, &columns);
    assert_eq!(sum.version(), 7);
}

#[test]
fn heads_are_weighed_and_missing_ones_replaced() {
    let sum = WeightedSum::builder()
        .head("like", 2.0)
        .head_or("hide", -10.0, 0.25)
        .build()
        .unwrap();
    let columns = [
        vec![0.5, 0.5, f32::NAN, f32::NAN],
        vec![0.125, f32::NAN, 0.5, f32::NAN],
    ];
    let out = combine(&sum, &columns);
    assert_eq!(out[..3], [-0.25, -1.5, -5.0]);
    assert!(out[3].is_nan(), "not scored at all");
}

#[test]
fn too_large_a_sum_keeps_its_sign_and_is_a_number() {
    let sum = WeightedSum::builder()
        .head("a", 10.0)
        .head("b", -10.0)
        .build()
        .unwrap();
    let columns = [
        vec![f32::MAX, f32::INFINITY, 0.0],
        vec![0.0, f32::INFINITY, f32::MAX],
    ];
    assert_eq!(combine(&sum, &columns), [f32::MAX, 0.0, f32::MIN]);
}

#[test]
fn odd_weights_are_refused() {
    assert_eq!(WeightedSum::builder().build().unwrap_err(), UtilityError::NoHeads);
    let twice = WeightedSum::builder().head("a", 1.0).head("a", 2.0).build();
    assert_eq!(twice.unwrap_err(), UtilityError::Repeated("a".into()));
    let odd = WeightedSum::builder().head("a", f32::NAN).build();
    assert_eq!(odd.unwrap_err(), UtilityError::NotFinite("a".into()));
    let odd = WeightedSum::builder().head_or("a", 1.0, f32::INFINITY).build();
    assert_eq!(odd.unwrap_err(), UtilityError::NotFinite("a".into()));
}
