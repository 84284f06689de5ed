//! How a host stands with a hotfix: the statuses are tried in order, the first that is true stands, and the
//! first that cannot be decided makes it undetermined.

use std::collections::BTreeSet;

use super::assessment::{HotfixStatus, Reason};
use super::because::{self, list, unknown_word};
use super::evaluate::{self, Missing, NEWER_HOTFIX, Truth};
use super::host::Host;
use super::question::Question;
use super::release::Found;
use super::rollout::{Deferral, deferral};
use crate::model::words::Channel;
use crate::model::{Hotfix, Id};

/// How a host stands with a hotfix, with what the status is about.
#[derive(Debug, Clone)]
pub(super) struct JudgedHotfix<'c> {
    pub(super) hotfix: &'c Hotfix,
    pub(super) standing: Standing<'c>,
    pub(super) because: Vec<String>,
}

/// A status with what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing<'c> {
    Installed,
    Superseded(BTreeSet<&'c Id>),
    Withdrawn,
    NotApplicable(Reason),
    Undetermined(Missing),
    Conflicting(BTreeSet<&'c Id>),
    Blocked(BTreeSet<&'c Id>),
    Deferred(Deferral),
    Applicable,
}

impl Standing<'_> {
    pub(super) fn status(&self) -> HotfixStatus {
        match self {
            Self::Installed => HotfixStatus::Installed,
            Self::Superseded(_) => HotfixStatus::Superseded,
            Self::Withdrawn => HotfixStatus::Withdrawn,
            Self::NotApplicable(_) => HotfixStatus::NotApplicable,
            Self::Undetermined(_) => HotfixStatus::Undetermined,
            Self::Conflicting(_) => HotfixStatus::Conflicting,
            Self::Blocked(_) => HotfixStatus::Blocked,
            Self::Deferred(_) => HotfixStatus::Deferred,
            Self::Applicable => HotfixStatus::Applicable,
        }
    }
}

/// Judges a hotfix.
pub(super) fn judge<'c>(hotfix: &'c Hotfix, state: &impl Host<'c>, question: &Question) -> JudgedHotfix<'c> {
    let (standing, because) = stand(hotfix, state, question);
    JudgedHotfix { hotfix, standing, because }
}

fn stand<'c>(hotfix: &'c Hotfix, state: &impl Host<'c>, question: &Question) -> (Standing<'c>, Vec<String>) {
    let is_installed = state.is_installed(&hotfix.id);
    if is_installed == Truth::True {
        return (Standing::Installed, vec!["installed".to_owned()]);
    }
    if let Found::Unsettled { missing, .. } = state.found() {
        let providers = state.providers(&hotfix.id);
        if state.complete() && !providers.is_empty() {
            return superseded(providers);
        }
        return (Standing::Undetermined(missing.clone()), vec!["the release is not known".to_owned()]);
    }
    if let Truth::Unknown(missing) = is_installed {
        return (Standing::Undetermined(missing), vec![because::not_reported("hotfixes")]);
    }
    let providers = state.providers(&hotfix.id);
    if !providers.is_empty() {
        return superseded(providers);
    }
    if let Some(withdrawn) = &hotfix.withdrawn {
        let sentence = format!("withdrawn on {}: {}", withdrawn.date, withdrawn.reason);
        return (Standing::Withdrawn, vec![sentence]);
    }
    if let Some(found) = not_applicable(hotfix, state) {
        return found;
    }
    in_the_way(hotfix, state)
        .or_else(|| {
            let deferral = deferral(hotfix, state.catalogue(), question)?;
            let because = deferral.because.clone();
            Some((Standing::Deferred(deferral), because))
        })
        .unwrap_or((Standing::Applicable, Vec::new()))
}

fn superseded(providers: Vec<&Id>) -> (Standing<'_>, Vec<String>) {
    let sentence = format!("rolled up by {}", list(&providers));
    (Standing::Superseded(providers.into_iter().collect()), vec![sentence])
}

/// Whether release, channel and condition are such that it does not apply, or that it cannot be said.
fn not_applicable<'c>(hotfix: &Hotfix, state: &impl Host<'c>) -> Option<(Standing<'c>, Vec<String>)> {
    let release = state.release();
    if !release.is_some_and(|release| hotfix.releases.contains(release)) {
        let on = release.map_or_else(|| "no release".to_owned(), ToString::to_string);
        let sentence = format!("it installs on {}; the host is on {on}", list(&hotfix.releases));
        return Some((Standing::NotApplicable(Reason::Release), vec![sentence]));
    }
    let (channel, channel_because) = shown(hotfix, state);
    let when = hotfix.when.as_ref().map(|when| evaluate::evaluate(when, state));
    let (condition, condition_because) =
        when.map_or((Truth::True, Vec::new()), |judged| (judged.truth, judged.because));
    match (channel, condition) {
        (Truth::False, _) => Some((Standing::NotApplicable(Reason::Channel), vec![channel_because])),
        (_, Truth::False) => Some((Standing::NotApplicable(Reason::Condition), condition_because)),
        (Truth::True, Truth::True) => None,
        (Truth::Unknown(missing), Truth::True) => {
            Some((Standing::Undetermined(missing), vec![channel_because]))
        }
        (Truth::True, Truth::Unknown(missing)) => Some((Standing::Undetermined(missing), condition_because)),
        (Truth::Unknown(mut missing), Truth::Unknown(more)) => {
            missing.extend(more);
            let because = std::iter::once(channel_because).chain(condition_because).collect();
            Some((Standing::Undetermined(missing), because))
        }
    }
}

/// Whether the host's channel shows the hotfix, and the release that it establishes.
pub(super) fn shown<'c>(hotfix: &Hotfix, state: &impl Host<'c>) -> (Truth, String) {
    let host = &state.inventory().channel;
    let established = hotfix.establishes.as_ref();
    let release = established.and_then(|id| state.release_of(id));
    let leads_to = release.map(|release| (&release.channel, Some(&release.id)));
    let mut answer = (Truth::True, String::new());
    for (channel, release) in std::iter::once((&hotfix.channel, None)).chain(leads_to) {
        match sees(host, channel) {
            Some(true) => {}
            Some(false) => {
                let what = release.map_or("it is".to_owned(), |id| format!("it leads to {id}, which is"));
                let sentence = format!("{what} on the channel {channel}; the host follows {host}");
                return (Truth::False, sentence);
            }
            None => {
                let word = [host, channel].into_iter().find(|word| matches!(word, Channel::Other(_)));
                let sentence = unknown_word("channel", word.unwrap_or(host).word());
                answer = (Truth::missing(NEWER_HOTFIX), sentence);
            }
        }
    }
    answer
}

/// Whether a host of one channel sees what is on another: its own and those more stable. Everybody sees
/// what is on `release`; beyond that nothing is concluded from a channel that is not known here.
fn sees(host: &Channel, channel: &Channel) -> Option<bool> {
    match (host, channel) {
        (_, Channel::Release) => Some(true),
        (Channel::Other(_), _) | (_, Channel::Other(_)) => None,
        (host, channel) => Some(channel <= host),
    }
}

/// What is installed and conflicts, or what is required and missing.
fn in_the_way<'c>(hotfix: &'c Hotfix, state: &impl Host<'c>) -> Option<(Standing<'c>, Vec<String>)> {
    let conflicts: BTreeSet<&Id> = state
        .catalogue()
        .conflicts(hotfix.id.as_str())
        .iter()
        .filter(|other| state.has_by_name(other))
        .collect();
    if !conflicts.is_empty() {
        let sentence = format!("{} is installed and conflicts with it", list(&conflicts));
        return Some((Standing::Conflicting(conflicts), vec![sentence]));
    }
    let required = hotfix.requires.iter().flatten();
    let missing: BTreeSet<&Id> = required.filter(|id| state.provided(id) != Truth::True).collect();
    if !missing.is_empty() {
        let sentence = format!("requires {}, which is not installed", list(&missing));
        return Some((Standing::Blocked(missing), vec![sentence]));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_shows_itself_and_what_is_more_stable() {
        let order = [Channel::Release, Channel::Beta, Channel::Alpha, Channel::Nightly];
        for (host_at, host) in order.iter().enumerate() {
            for (at, channel) in order.iter().enumerate() {
                assert_eq!(sees(host, channel), Some(at <= host_at), "{host} {channel}");
            }
        }
        let unknown = Channel::Other("weekly".to_owned());
        assert_eq!(sees(&unknown, &Channel::Release), Some(true));
        assert_eq!(sees(&unknown, &Channel::Beta), None);
        assert_eq!(sees(&Channel::Nightly, &unknown), None);
    }
}
