//! The plan as numbered steps.

use super::super::matrix::HotfixLink;
use super::super::words::size;
use super::words::reason;
use crate::assess::{Assessment, GuidanceAction};
use crate::model::sentence::{self, capital};
use crate::model::{Catalogue, Id};
use crate::server::pages::context::PageContext;

#[derive(Debug, serde::Serialize)]
pub(super) struct PlanView {
    steps: Vec<StepView>,
    download: Option<String>,
    space: Option<String>,
    conflicts: Vec<[HotfixLink; 2]>,
    optimal: bool,
    installs: usize,
    release_after: Option<String>,
    exposed_after: Vec<String>,
    undetermined_after: Vec<String>,
}

/// A step: a hotfix to install, or something to do.
#[derive(Debug, serde::Serialize)]
struct StepView {
    install: Option<HotfixLink>,
    action: Option<String>,
    level: Option<String>,
    assumed: bool,
    warnings: Vec<String>,
}

impl StepView {
    fn action(action: String, level: Option<String>, assumed: bool) -> Self {
        Self { install: None, action: Some(action), level, assumed, warnings: Vec::new() }
    }
}

pub(super) fn plan(context: &PageContext, catalogue: &Catalogue, assessment: &Assessment) -> PlanView {
    let product = catalogue.product();
    let link = |id: &Id| HotfixLink::new(context, catalogue, id);
    let plan = &assessment.plan;
    let mut steps: Vec<StepView> = plan
        .before
        .iter()
        .map(|pending| {
            let action = capital(&sentence::action(&pending.action));
            StepView::action(format!("{action}: {} is still waiting for it", pending.hotfix), None, false)
        })
        .collect();
    let mut open = plan.steps.iter().peekable();
    while let Some(step) = open.next() {
        steps.push(StepView {
            install: Some(link(&step.hotfix)),
            action: None,
            level: None,
            assumed: false,
            warnings: step.warnings.iter().map(|warning| reason(product, warning)).collect(),
        });
        if open.peek().is_none_or(|next| next.group != step.group) {
            let guidance = plan.guidance.iter().filter(|guidance| guidance.group == step.group);
            steps.extend(guidance.flat_map(|guidance| &guidance.actions).map(guided));
        }
    }
    let names = |ids: &[Id]| ids.iter().map(Id::to_string).collect();
    let after = assessment.after.release.as_ref().map(|id| {
        product.release(id.as_str()).map_or(id.as_str(), |release| release.name.as_str()).to_owned()
    });
    PlanView {
        steps,
        download: plan.download_bytes.map(size),
        space: plan.space_bytes.map(size),
        conflicts: plan.conflicts.iter().map(|[one, other]| [link(one), link(other)]).collect(),
        optimal: plan.optimal,
        installs: plan.steps.len(),
        release_after: after,
        exposed_after: names(&assessment.after.exposed),
        undetermined_after: names(&assessment.after.undetermined),
    }
}

fn guided(guidance: &GuidanceAction) -> StepView {
    let action = capital(&sentence::action(&guidance.action));
    StepView::action(action, Some(sentence::level(&guidance.level)), guidance.assumed)
}
