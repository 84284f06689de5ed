//! What the steps of a plan take: their groups, the guidance after each, bytes and space.

use std::collections::BTreeMap;

use super::field::{mandatory, reboots};
use crate::assess::assessment::{GroupGuidance, GuidanceAction};
use crate::model::Hotfix;
use crate::model::words::{Action, GuidanceLevel};

/// What the steps of a plan take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::assess) struct Taking {
    /// By step: its group, from 1.
    pub(in crate::assess) groups: Vec<usize>,
    /// By group.
    pub(in crate::assess) guidance: Vec<GroupGuidance>,
    /// The bytes to download, if all are known.
    pub(in crate::assess) download_bytes: Option<i64>,
    /// The bytes that the neediest group needs free, if all are known.
    pub(in crate::assess) space_bytes: Option<i64>,
}

/// What these steps take, in this order.
///
/// Mandatory guidance ends a group and is carried out before the next step. What is asked for less strongly
/// is combined at the end of the plan; where some step's guidance is not known, the host is restarted there.
pub(in crate::assess) fn taking(steps: &[&Hotfix]) -> Taking {
    let mut groups = Vec::with_capacity(steps.len());
    let mut guidance: Vec<GroupGuidance> = Vec::new();
    let mut at_the_end: Vec<GuidanceAction> = Vec::new();
    let mut group = 1;
    let mut now: Vec<GuidanceAction> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        groups.push(group);
        match &step.guidance {
            None => at_the_end.push(assumed()),
            Some(stated) => {
                let (first, later): (Vec<_>, Vec<_>) =
                    stated.iter().map(action).partition(|one| mandatory(&one.level));
                now.extend(first);
                at_the_end.extend(later);
            }
        }
        let last = at + 1 == steps.len();
        if last {
            now.append(&mut at_the_end);
        }
        if last || !now.is_empty() {
            guidance.push(GroupGuidance { group, actions: combined(std::mem::take(&mut now)) });
            group += 1;
        }
    }
    let download_bytes = steps
        .iter()
        .try_fold(0_i64, |sum, step| step.download_bytes().map(|bytes| sum.saturating_add(bytes)));
    Taking { download_bytes, space_bytes: space(steps, &groups), groups, guidance }
}

/// An action as it is to be carried out: a word that is not known here counts as a restart of the host.
fn action(stated: &crate::model::hotfix::Guidance) -> GuidanceAction {
    let action = if reboots(&stated.action) { Action::RebootHost } else { stated.action.clone() };
    let level = if mandatory(&stated.level) { GuidanceLevel::Mandatory } else { stated.level.clone() };
    GuidanceAction { action, level, assumed: false }
}

fn assumed() -> GuidanceAction {
    GuidanceAction { action: Action::RebootHost, level: GuidanceLevel::Recommended, assumed: true }
}

/// The actions left once each is named once, at its strongest, and what another carries out as well, at its
/// own level or a stronger one, is left out; the heaviest first.
fn combined(actions: Vec<GuidanceAction>) -> Vec<GuidanceAction> {
    let mut strongest: BTreeMap<Action, GuidanceAction> = BTreeMap::new();
    for one in actions {
        let stronger = strongest
            .get(&one.action)
            .is_none_or(|held| (&one.level, one.assumed) < (&held.level, held.assumed));
        if stronger {
            strongest.insert(one.action.clone(), one);
        }
    }
    let absorbed = |one: &GuidanceAction| {
        strongest.values().any(|other| other.action.absorbs(&one.action) && other.level <= one.level)
    };
    strongest.values().filter(|one| !absorbed(one)).cloned().collect()
}

/// The steps of a group are on the disk together.
fn space(steps: &[&Hotfix], groups: &[usize]) -> Option<i64> {
    let mut by_group: BTreeMap<usize, i64> = BTreeMap::new();
    for (step, group) in steps.iter().zip(groups) {
        let sum = by_group.entry(*group).or_default();
        *sum = sum.saturating_add(step.space_bytes?);
    }
    Some(by_group.into_values().max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(action: Action, level: GuidanceLevel, assumed: bool) -> GuidanceAction {
        GuidanceAction { action, level, assumed }
    }

    #[test]
    fn an_action_absorbs_its_own_and_weaker_levels_only() {
        use GuidanceLevel::{Full, Livepatch, Mandatory, Recommended};
        let reboot = |level| one(Action::RebootHost, level, false);
        let toolstack = |level| one(Action::RestartToolstack, level, false);
        assert_eq!(combined(vec![toolstack(Full), reboot(Recommended)]), [reboot(Recommended)]);
        assert_eq!(combined(vec![toolstack(Full), reboot(Full)]), [reboot(Full)]);
        assert_eq!(
            combined(vec![toolstack(Mandatory), reboot(Livepatch)]),
            [reboot(Livepatch), toolstack(Mandatory)]
        );
        let vm = one(Action::RestartVm, Full, false);
        assert_eq!(combined(vec![vm.clone(), reboot(Mandatory)]), [reboot(Mandatory), vm]);
    }

    #[test]
    fn what_is_stated_stands_before_what_is_assumed() {
        let stated = one(Action::RebootHost, GuidanceLevel::Recommended, false);
        assert_eq!(combined(vec![assumed(), stated.clone()]), [stated]);
        let weaker = one(Action::RebootHost, GuidanceLevel::Full, false);
        assert_eq!(combined(vec![weaker, assumed()]), [assumed()]);
    }
}
