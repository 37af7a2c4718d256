//! Rules block what their definition says.
#![cfg(feature = "regex")]

use bowerbird_typeahead::live::{Rule, Rules, RulesError};
use proptest::prelude::*;

proptest! {
    #[test]
    fn rules_block_what_their_definition_says(
        rules in prop::collection::vec((0_u8..5, "[ab ]{0,2}[ab]"), 0..12),
        key in "[ab ]{0,8}",
    ) {
        let list: Vec<Rule> = rules
            .iter()
            .map(|(kind, text)| match kind {
                0 => Rule::Key(text.clone()),
                1 => Rule::Substring(text.clone()),
                2 => Rule::Words(text.clone()),
                3 => Rule::Except(text.clone()),
                _ => Rule::Pattern(format!("^{text}+$")),
            })
            .collect();
        let set = Rules::new(list.clone()).expect("good rules");
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let words = |needle: &str| {
            key.match_indices(|_: char| true).map(|(at, _)| at).any(|at| {
                key[at..].starts_with(needle)
                    && !letter(key[..at].chars().next_back())
                    && !letter(key[at + needle.len()..].chars().next())
            })
        };
        let pattern = |text: &str| {
            let (stem, last) = text[1..text.len() - 2].split_at(text.len() - 4);
            key.strip_prefix(stem).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| last.contains(c)))
        };
        let killed = list.contains(&Rule::Key(key.clone()));
        let excepted = list.contains(&Rule::Except(key.clone()));
        let applies = |rule: &Rule| match rule {
            Rule::Substring(text) => key.contains(text.as_str()),
            Rule::Words(text) => words(text),
            Rule::Pattern(text) => pattern(text),
            Rule::Key(text) => *text == key,
            _ => false,
        };
        let expected = killed || !excepted && list.iter().any(applies);
        let found = set.blocks(&key);
        prop_assert_eq!(found.is_some(), expected, "{:?} {:?}", list, key);
        if let Some(id) = found {
            prop_assert!(applies(set.rule(id).expect("a rule of the list")));
        }
    }
}

#[test]
fn bad_rules_are_refused_with_their_place() {
    let refuse = |list| Rules::new(list).expect_err("bad");
    assert!(matches!(
        refuse(vec![Rule::Key("a".into()), Rule::Substring(String::new())]),
        RulesError::Text { rule: 1, .. }
    ));
    assert!(matches!(
        refuse(vec![Rule::Key("a".repeat(2000))]),
        RulesError::Text { rule: 0, .. }
    ));
    for bad in ["(", "(a{1000}){1000}", &"(".repeat(500)] {
        assert!(
            matches!(refuse(vec![Rule::Pattern(bad.into())]), RulesError::Pattern(_)),
            "{bad}"
        );
    }
    assert!(Rules::new(Vec::new()).expect("no rules").blocks("").is_none());
}
