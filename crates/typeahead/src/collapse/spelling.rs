//! One slip of the hand.

use super::english::Stem;

/// The shortest words that may be misspelt: in shorter ones a changed letter makes another word too often.
pub(super) const SHORTEST: usize = 6;

/// True when one insertion, deletion, substitution or swap of neighbours makes one word of the other: a distance of 1 by
/// Damerau (1964). Bytes are compared, so that a letter of several bytes may differ in one. O(length).
pub(super) fn is_slip(a: Stem<'_>, b: Stem<'_>) -> bool {
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let (mut left, mut right) = (a.bytes(), b.bytes());
    loop {
        match (left.next(), right.next()) {
            (Some(x), Some(y)) if x == y => {}
            (Some(x), Some(y)) => return rest_agrees((x, left), (y, right), a.len(), b.len()),
            // One is the start of the other, or they are the same.
            (None, None) => return false,
            _ => return true,
        }
    }
}

/// What follows the first difference, `x` and `y`, agrees after one edit.
fn rest_agrees<I: Iterator<Item = u8> + Clone>(
    (x, left): (u8, I),
    (y, right): (u8, I),
    a: usize,
    b: usize,
) -> bool {
    let with = |first: u8, rest: &I| std::iter::once(first).chain(rest.clone());
    if a > b {
        return left.eq(with(y, &right));
    }
    if b > a {
        return right.eq(with(x, &left));
    }
    if left.clone().eq(right.clone()) {
        return true;
    }
    let (mut after_x, mut after_y) = (left, right);
    after_x.next() == Some(y) && after_y.next() == Some(x) && after_x.eq(after_y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_a_slip_and_none_or_two_are_not() {
        let slip = |a, b| is_slip(Stem::whole(a), Stem::whole(b));
        for (a, b) in [
            ("kitchen", "kithcen"),
            ("kitchen", "kitchn"),
            ("kitchen", "kitcheen"),
            ("kitchen", "kitchan"),
            ("kitchen", "kitchens"),
        ] {
            assert!(slip(a, b) && slip(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("kitchen", "kitchen"),
            ("kitchen", "kithcan"),
            ("kitchen", "kitch"),
            ("abcdef", "badcef"),
        ] {
            assert!(!slip(a, b) && !slip(b, a), "{a} {b}");
        }
    }
}
