//! What says who somebody is, and so is never counted, logged or suggested.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Decides whether a text is personal. It sees texts as they were typed, and folded.
pub trait PiiFilter: Send + Sync + std::fmt::Debug {
    /// True when the text must not be kept.
    fn is_personal(&self, text: &str) -> bool;
}

/// Finds what can be told by its form alone: e-mail addresses, numbers of 9 digits or more (telephones, cards,
/// accounts, identity papers), IP addresses, web addresses that carry more than a path, and long tokens of mixed
/// letters and digits.
///
/// It errs on the side of silence: an ISBN is refused with the card numbers. A list of up to six years is not a number.
/// Names, streets and what is secret for other reasons have no form of their own: k-anonymity is what guards them. O(text).
#[derive(Clone, Copy, Debug, Default)]
pub struct PersonalForms;

/// Digits in the shortest number that is taken for somebody's.
const NUMBER: usize = 9;
/// Digits in the shortest one that is written with a plus in front.
const INTERNATIONAL: usize = 7;
/// Characters in the shortest token that is taken for a secret.
const TOKEN: usize = 20;
/// How often a token goes from letters to digits or back, at least.
const TURNS: usize = 3;

impl PiiFilter for PersonalForms {
    fn is_personal(&self, text: &str) -> bool {
        has_number(text) || text.split_whitespace().any(is_personal_word)
    }
}

fn is_personal_word(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| "()[]<>{}\"',;!".contains(c));
    is_mail(bare) || is_address(bare) || is_telling_link(bare) || is_token(bare)
}

/// `somebody@domain.tld`, in ASCII or full-width signs.
fn is_mail(word: &str) -> bool {
    let Some((local, domain)) = word.rsplit_once(['@', '＠']) else {
        return false;
    };
    let mut labels = domain.split(['.', '．', '。']);
    !local.is_empty()
        && labels.clone().count() >= 2
        && labels.all(|label| label.starts_with(char::is_alphanumeric))
}

/// An IP address, with or without a port or the length of its network.
fn is_address(word: &str) -> bool {
    let host = word.split('/').next().unwrap_or(word);
    let four = host.split(':').next().unwrap_or(host);
    let six = host.trim_matches(['[', ']']);
    let six = six.split(['%', ']']).next().unwrap_or(six);
    Ipv4Addr::from_str(four).is_ok() || six.matches(':').count() >= 2 && Ipv6Addr::from_str(six).is_ok()
}

/// A link with somebody's name, a query, or a fragment in it.
fn is_telling_link(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let rest = match lower.split_once("://") {
        Some((_, rest)) => rest,
        None if lower.starts_with("www.") => &lower,
        None => return false,
    };
    let host = rest.split(['/', ':']).next().unwrap_or(rest);
    rest.contains(['?', '#', '@']) || is_address(host) || rest.split(['/', '.', '-', '_']).any(is_mixed::<16>)
}

/// A key, a session or a UUID: long, of letters and digits that take turns.
fn is_token(word: &str) -> bool {
    let hex = |b: u8| b.is_ascii_hexdigit() || b == b'-';
    let is_uuid = word.len() == 36 && word.matches('-').count() == 4 && word.bytes().all(hex);
    is_uuid
        || word
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(is_mixed::<TOKEN>)
}

fn is_mixed<const LEAST: usize>(part: &str) -> bool {
    let turns = part.as_bytes().windows(2);
    let turns = turns.filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit());
    part.len() >= LEAST && part.bytes().all(|b| b.is_ascii_alphanumeric()) && turns.count() >= TURNS
}

/// Groups of digits of any script with at most two separating signs between them, long enough to be somebody's.
fn has_number(text: &str) -> bool {
    let mut number = Number::default();
    for c in text.chars() {
        if c.is_numeric() {
            number.digit(c);
        } else if c == '+' || c == '＋' {
            if number.is_long() {
                return true;
            }
            number = Number {
                international: true,
                ..Number::default()
            };
        } else if !number.gap(c) {
            if number.is_long() {
                return true;
            }
            number = Number::default();
        }
    }
    number.is_long()
}

#[derive(Clone, Copy, Default)]
struct Number {
    digits: usize,
    international: bool,
    /// Groups so far that are not years.
    other: usize,
    group: usize,
    value: u32,
    gap: usize,
}

impl Number {
    fn digit(&mut self, c: char) {
        self.digits += 1;
        self.gap = 0;
        self.group += 1;
        self.value = self
            .value
            .saturating_mul(10)
            .saturating_add(c.to_digit(10).unwrap_or(0));
    }

    /// Goes on over a separating sign; false when `c` ends the number.
    fn gap(&mut self, c: char) -> bool {
        self.close();
        self.gap += 1;
        self.gap <= 2 && (c.is_whitespace() || "-.()/‐‑–".contains(c))
    }

    fn close(&mut self) {
        let year = self.group == 4 && (1500..2200).contains(&self.value);
        self.other += usize::from(self.group > 0 && !year);
        (self.group, self.value) = (0, 0);
    }

    fn is_long(mut self) -> bool {
        self.close();
        let years = self.other == 0 && self.digits <= 24;
        let least = if self.international { INTERNATIONAL } else { NUMBER };
        self.digits >= least && !years
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_who_somebody_is_is_found() {
        for text in [
            "jane.doe@example.org",
            "mail to <Jane+lists@mail.example.co.uk>, please",
            "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｏｒｇ",
            "+44 20 7946 0958",
            "call (555) 123-4567 now",
            "+1234567",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "order 123456789",
            "٠١٢٣٤٥٦٧٨٩",
            "DE89 3704 0044 0532 0130 00",
            "078-05-1120",
            "192.168.0.1",
            "ping 10.0.0.1:8080",
            "10.0.0.0/8",
            "fe80::1%eth0",
            "[2001:db8::1]:443",
            "https://example.org/reset?token=abc",
            "www.example.org/#me",
            "http://jane:pw@example.org",
            "https://example.org/s/a8f3k2l9d0s7f6g5",
            "AKIAIOSFODNN7EXAMPLE0000",
            "key=sk_12ab34cd56ef78ab90cd",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        ] {
            assert!(PersonalForms.is_personal(text), "{text}");
        }
    }

    #[test]
    fn what_anybody_types_is_not() {
        for text in [
            "",
            "living room ideas",
            "2024-05-06",
            "fashion 1920 1930 1940",
            "iphone 15 pro max 256 gb",
            "1000 piece puzzle",
            "12 x 24 tiles",
            "example.org",
            "https://example.org/gardens/roses",
            "c++ std::vector",
            "love @ first sight",
            "@gardens",
            "10:30",
            "3.14159",
            "supercalifragilisticexpialidocious",
            "odoo14-addon-account-banking-direct-debit",
            "sqlserver2000databaseadapter",
            "部屋のアイデア",
            "+ plus size +",
        ] {
            assert!(!PersonalForms.is_personal(text), "{text}");
        }
    }
}
