//! Who answers for a target path (TUF specification 5.6.7): the delegations in pre-order, the first that
//! knows the path, nobody after a terminating role.

use std::collections::BTreeSet;
use std::str::Chars;

use super::metadata::{DelegatedRole, TargetFile};
use super::names::TargetPath;
use super::refusal::{Kind, Refusal};
use super::sha256::Digest;
use super::verify::TrustedSet;

/// How far a walk came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// A role must be taken (by [`TrustedSet::update_delegated`]) before the walk can go on. Where it is
    /// refused the walk ends: a role after it may not answer in its place.
    Need {
        /// The role.
        role: &'a str,
        /// The delegator under which it is needed.
        delegator: &'a str,
    },
    /// The file.
    Found(Found<'a>),
    /// Nobody who may answer for the path knows it.
    Absent {
        /// The roles that were asked, in their order.
        asked: Vec<&'a str>,
    },
}

/// A file, and by whose word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The roles from `targets` to the one that answered.
    pub chain: Vec<&'a str>,
    /// The file.
    pub file: &'a TargetFile,
}

struct Visit<'a> {
    role: &'a str,
    delegator: &'a str,
    /// Where its delegator stands among those that were asked.
    parent: Option<usize>,
    depth: usize,
}

/// Walks to the role that answers for `path`.
///
/// # Errors
/// More roles, or delegations below each other, than [`super::limits::Limits`] allows. A cycle is none: a
/// role is asked once.
pub fn find<'a>(set: &'a TrustedSet, path: &TargetPath) -> Result<Step<'a>, Refusal> {
    let limits = set.limits();
    let mut asked: Vec<Visit<'a>> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut stack = vec![Visit { role: "targets", delegator: "root", parent: None, depth: 0 }];
    while let Some(visit) = stack.pop() {
        if seen.contains(visit.role) {
            continue;
        }
        if visit.depth > limits.delegation_depth {
            return Err(Kind::TooDeep { limit: limits.delegation_depth }.of(visit.role, None));
        }
        if asked.len() > limits.delegations {
            return Err(Kind::TooMany { limit: limits.delegations }.of(visit.role, None));
        }
        let Some(accepted) = set.role(visit.role).filter(|_| set.is_verified(visit.role, visit.delegator))
        else {
            return Ok(Step::Need { role: visit.role, delegator: visit.delegator });
        };
        let (role, depth, parent) = (visit.role, visit.depth, asked.len());
        asked.push(visit);
        if let Some(file) = accepted.metadata.targets.get(path) {
            return Ok(Step::Found(Found { chain: chain(&asked, parent), file }));
        }
        seen.insert(role);
        let Some(delegations) = &accepted.metadata.delegations else { continue };
        let mut children = Vec::new();
        for child in delegations.roles.iter().filter(|child| child.speaks_for(path)) {
            children.push(Visit {
                role: &child.name,
                delegator: role,
                parent: Some(parent),
                depth: depth + 1,
            });
            if child.terminating {
                stack.clear();
                break;
            }
        }
        stack.extend(children.into_iter().rev());
    }
    Ok(Step::Absent { asked: asked.into_iter().map(|visit| visit.role).collect() })
}

fn chain<'a>(asked: &[Visit<'a>], last: usize) -> Vec<&'a str> {
    let mut chain = Vec::new();
    let mut next = Some(last);
    while let Some(visit) = next.and_then(|index| asked.get(index)) {
        chain.push(visit.role);
        next = visit.parent;
    }
    chain.reverse();
    chain
}

impl DelegatedRole {
    /// Whether the path is inside this delegation.
    #[must_use]
    pub fn speaks_for(&self, path: &TargetPath) -> bool {
        if self.path_hash_prefixes.is_empty() {
            return self.paths.iter().any(|pattern| matches(pattern, path.as_str()));
        }
        let hash = Digest::of(path.as_str().as_bytes()).to_string();
        self.path_hash_prefixes.iter().any(|prefix| hash.starts_with(prefix.as_str()))
    }
}

/// Whether a path fits a pattern, segment by segment: `*` stands for any characters, `?` for one, and neither
/// for a slash (specification 4.5).
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let mut patterns = pattern.split('/');
    let mut segments = path.split('/');
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return true,
            (Some(pattern), Some(segment)) if segment_matches(pattern, segment) => {}
            _ => return false,
        }
    }
}

/// Without recursion, in at most pattern times text steps: on a mismatch the last `*` takes one character more.
fn segment_matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What follows the last `*`, and the text that it has not taken yet.
    let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let mut rest = pattern.clone();
        match (rest.next(), text.clone().next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                star = Some((rest.clone(), text.clone()));
                pattern = rest;
            }
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                pattern = rest;
                text.next();
            }
            _ => {
                let Some((after, untaken)) = &mut star else { return false };
                if untaken.next().is_none() {
                    return false;
                }
                (pattern, text) = (after.clone(), untaken.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stay_within_a_segment() {
        for (pattern, path) in [
            ("*", "a"),
            ("*", "a.json"),
            ("a*", "a"),
            ("*.json", "x.json"),
            ("a/*", "a/b"),
            ("a/*/*", "a/b/c"),
            ("?", "é"),
            ("a?c", "abc"),
            ("*a*b*", "xxaxxbxx"),
            ("**", "abc"),
            ("", ""),
            ("*b", "abab"),
            ("a/?", "a/b"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("*", "a/b"),
            ("a/*", "a/b/c"),
            ("a/*", "a"),
            ("a?b", "a/b"),
            ("?", ""),
            ("?", "ab"),
            ("*.json", "a.jsonx"),
            ("a*", "ba"),
            ("[ab]", "a"),
            ("*/*", "a"),
            ("a/**", "a/b/c"),
            ("*a", "ab"),
            ("A", "a"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_are_not_slow() {
        assert!(!matches(&"*a".repeat(400), &"a".repeat(399)));
        assert!(!matches(&format!("{}b", "*".repeat(900)), &"a".repeat(1_000)));
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_a_plain_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            fn plain(pattern: &[u8], text: &[u8]) -> bool {
                match (pattern.split_first(), text.split_first()) {
                    (None, None) => true,
                    (Some((b'*', rest)), more) => {
                        plain(rest, text) || more.is_some_and(|(_, text)| plain(pattern, text))
                    }
                    (Some((b'?', rest)), Some((_, text))) => plain(rest, text),
                    (Some((one, rest)), Some((other, text))) => one == other && plain(rest, text),
                    _ => false,
                }
            }
            proptest::prop_assert_eq!(matches(&pattern, &text), plain(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
