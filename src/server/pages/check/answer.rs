//! The answer: the verdict in words, what to find out, the plan, and every status with its reasons.

use std::collections::BTreeMap;

use super::super::advisory::Named;
use super::super::frame::Frame;
use super::super::matrix::HotfixLink;
use super::super::words::{Badge, When, category, expected, severity, time};
use super::super::{PageError, Renderer};
use super::explained::{Explained, Explaining};
use super::input::CheckAsked;
use super::link::Link;
use super::plan::{PlanView, plan};
use super::questions::{QuestionView, questions};
use super::{Form, ProblemView, form, problem, words};
use crate::assess::{
    AdvisoryAnswer, AdvisoryStatus, Assessment, HotfixAnswer, HotfixStatus, Need, Verdict, since,
};
use crate::model::{Catalogue, Problem};
use crate::server::pages::context::PageContext;

#[derive(Debug, serde::Serialize)]
struct View {
    badge: Badge,
    title: &'static str,
    lead: String,
    idle: &'static str,
    counts: Vec<Count>,
    /// What stands in their place where no advisory is counted.
    uncounted: String,
    asked: Option<String>,
    /// The day whose catalogue was asked.
    day: Option<DayView>,
    changed: Option<ChangedView>,
    link: Link,
    /// What was asked to be explained.
    explained: Vec<Explained>,
    product: Named,
    release: Option<String>,
    release_because: Vec<String>,
    inventory: String,
    as_of: When,
    valid_until: Option<When>,
    problems: Vec<ProblemView>,
    questions: Vec<QuestionView>,
    plan: PlanView,
    helpless: Vec<AdvisoryView>,
    meanwhile: Vec<Meanwhile>,
    act_first: bool,
    open: Vec<AdvisoryView>,
    settled: Vec<AdvisoryView>,
    wanted: Vec<HotfixView>,
    others: Vec<HotfixView>,
    unrecognised: Vec<Unrecognised>,
    form: Form,
}

#[derive(Debug, serde::Serialize)]
struct DayView {
    date: String,
    later: usize,
    undated: usize,
}

/// What changed since a day.
#[derive(Debug, serde::Serialize)]
struct ChangedView {
    date: String,
    lines: Vec<String>,
}

#[derive(Debug, serde::Serialize)]
struct Count {
    badge: Badge,
    count: usize,
}

#[derive(Debug, Clone, serde::Serialize)]
struct AdvisoryView {
    id: String,
    title: String,
    href: String,
    badge: Badge,
    severity: Badge,
    category: String,
    because: Vec<String>,
    why: Option<Explained>,
    fixed_by: Vec<Vec<HotfixLink>>,
    fixed_with: Vec<HotfixLink>,
    workaround: Option<String>,
    remediation: Option<String>,
    note: Option<String>,
}

#[derive(Debug, serde::Serialize)]
struct HotfixView {
    link: HotfixLink,
    title: String,
    badge: Badge,
    need: Option<Badge>,
    because: Vec<String>,
    why: Option<Explained>,
    until: Option<When>,
    rollout: Option<[When; 2]>,
    warnings: Vec<String>,
}

#[derive(Debug, serde::Serialize)]
struct Unrecognised {
    pointer: String,
    why: String,
}

/// What to do until a fix is installed, once for all advisories that say the same.
#[derive(Debug, serde::Serialize)]
struct Meanwhile {
    workaround: String,
    ids: Vec<String>,
    /// It is not known yet whether they touch the host.
    perhaps: bool,
}

struct Scope<'a> {
    context: &'a PageContext,
    catalogue: &'a Catalogue,
    assessment: &'a Assessment,
    explaining: Explaining<'a>,
}

/// The answer to what was asked.
///
/// # Errors
/// A template that does not fit its view.
pub fn check_answer(
    renderer: &Renderer,
    context: &PageContext,
    catalogues: &[&Catalogue],
    asked: &CheckAsked<'_>,
    assessment: &Assessment,
) -> Result<String, PageError> {
    page(renderer, context, catalogues, asked, assessment, &Again { problems: &[], answers: &[] })
}

/// Answers to missing facts that could not be read, and why.
pub(super) struct Again<'a> {
    pub(super) problems: &'a [Problem],
    pub(super) answers: &'a [(String, String)],
}

pub(super) fn page(
    renderer: &Renderer,
    context: &PageContext,
    catalogues: &[&Catalogue],
    asked: &CheckAsked<'_>,
    assessment: &Assessment,
    again: &Again<'_>,
) -> Result<String, PageError> {
    let catalogue = asked.catalogue;
    let explaining = Explaining::new(asked, assessment);
    let scope = Scope { context, catalogue, assessment, explaining };
    let product = catalogue.product();
    let (badge, title) = words::verdict(assessment.verdict());
    let (open, settled): (Vec<_>, Vec<_>) =
        scope.advisories().partition(|(answer, _)| answer.status < AdvisoryStatus::Fixed);
    let exposed_after = &assessment.after.exposed;
    let helpless = open
        .iter()
        .filter(|(answer, _)| answer.status == AdvisoryStatus::Exposed && exposed_after.contains(&answer.id));
    let (wanted, others): (Vec<_>, Vec<_>) =
        scope.hotfixes().partition(|(answer, _)| answer.need.is_some_and(|need| need != Need::Optional));
    let release = assessment.release.id.as_ref().map(|id| {
        product.release(id.as_str()).map_or(id.as_str(), |release| release.name.as_str()).to_owned()
    });
    let view = View {
        badge,
        title,
        lead: words::lead(assessment, asked.question.narrowed()),
        idle: words::idle(assessment),
        counts: scope.counts(),
        uncounted: words::no_advisories(asked),
        asked: asked_about(asked),
        day: asked.moment.day.map(|(date, past)| DayView {
            date: date.to_string(),
            later: past.later,
            undated: past.undated,
        }),
        changed: asked.moment.since.map(|(at, past)| ChangedView {
            date: words::day(at),
            lines: since((at, &past.catalogue), &asked.inventory, &asked.question, assessment).lines(),
        }),
        link: Link::to(context, asked),
        explained: scope.explaining.asked(&asked.input.explain),
        product: Named { name: product.name.clone(), id: product.id.to_string() },
        release,
        release_because: words::reasons(product, &assessment.release.because),
        inventory: assessment.inventory.clone(),
        as_of: time(assessment.as_of),
        valid_until: assessment.valid_until.map(time),
        problems: again.problems.iter().map(problem).collect(),
        questions: questions(product, assessment, again.answers),
        plan: plan(context, catalogue, assessment),
        helpless: helpless.map(|(_, view)| view.clone()).collect(),
        meanwhile: meanwhile(&open),
        act_first: assessment.verdict() < Verdict::Undetermined,
        open: open.into_iter().map(|(_, view)| view).collect(),
        settled: settled.into_iter().map(|(_, view)| view).collect(),
        wanted: wanted.into_iter().map(|(_, view)| view).collect(),
        others: others.into_iter().map(|(_, view)| view).collect(),
        unrecognised: assessment
            .unrecognised
            .iter()
            .map(|one| Unrecognised { pointer: one.pointer.clone(), why: one.why.clone() })
            .collect(),
        form: form(context, catalogues, &asked.input),
    };
    renderer.page("answer.html", &Frame::new(context, title.to_owned(), "check"), &view)
}

fn meanwhile(open: &[(&AdvisoryAnswer, AdvisoryView)]) -> Vec<Meanwhile> {
    let mut out: Vec<Meanwhile> = Vec::new();
    for (answer, view) in open.iter().filter(|(answer, _)| answer.status != AdvisoryStatus::AwaitingRestart) {
        let Some(workaround) = view.workaround.clone() else { continue };
        let perhaps = answer.status == AdvisoryStatus::Undetermined;
        match out.iter_mut().find(|known| known.workaround == workaround && known.perhaps == perhaps) {
            Some(known) => known.ids.push(view.id.clone()),
            None => out.push(Meanwhile { workaround, ids: vec![view.id.clone()], perhaps }),
        }
    }
    out
}

fn asked_about(asked: &CheckAsked<'_>) -> Option<String> {
    match (&asked.input.advisory, asked.input.security) {
        (Some(id), false) => Some(format!("the advisory {id} alone")),
        (Some(id), true) => Some(format!("the advisory {id} alone, and only if it is about security")),
        (None, true) => Some("security advisories alone".to_owned()),
        (None, false) => None,
    }
}

impl<'a> Scope<'a> {
    /// How many advisories of each status, the worst first.
    fn counts(&self) -> Vec<Count> {
        let mut counts: BTreeMap<AdvisoryStatus, usize> = BTreeMap::new();
        for answer in &self.assessment.advisories {
            *counts.entry(answer.status).or_default() += 1;
        }
        counts.into_iter().map(|(status, count)| Count { badge: words::advisory(status), count }).collect()
    }

    /// The advisories, the worst status first, of one status the most severe first.
    fn advisories(&self) -> impl Iterator<Item = (&'a AdvisoryAnswer, AdvisoryView)> {
        let mut answers: Vec<&AdvisoryAnswer> = self.assessment.advisories.iter().collect();
        answers.sort_by_key(|answer| (answer.status, answer.severity.clone()));
        let view = |(row, answer)| (answer, self.advisory(row, answer));
        answers.into_iter().enumerate().map(view).collect::<Vec<_>>().into_iter()
    }

    fn advisory(&self, row: usize, answer: &AdvisoryAnswer) -> AdvisoryView {
        let product = self.catalogue.product();
        let link = |id| HotfixLink::new(self.context, self.catalogue, id);
        let exposed = answer.status == AdvisoryStatus::Exposed;
        // What asks nothing of the host needs no workaround, and a note on another cell would mislead.
        let open = answer.status < AdvisoryStatus::Fixed;
        AdvisoryView {
            id: answer.id.to_string(),
            title: answer.title.to_string(),
            href: self.context.advisory_href(product.id.as_str(), answer.id.as_str()),
            badge: words::advisory(answer.status),
            severity: severity(&answer.severity),
            category: category(&answer.category),
            because: words::reasons(product, &answer.because),
            why: self.explaining.advisory(row, answer),
            fixed_by: answer
                .fixed_by
                .iter()
                .filter(|_| open)
                .map(|set| set.iter().map(link).collect())
                .collect(),
            fixed_with: answer.fixed_with.iter().map(link).collect(),
            workaround: answer.workaround.clone().filter(|_| open),
            remediation: answer
                .remediation
                .as_ref()
                .map(|remediation| expected(&remediation.kind, remediation.date))
                .or_else(|| (exposed && answer.fixed_by.is_empty()).then(|| "No fix is stated.".to_owned())),
            note: answer.note.clone().filter(|_| open && answer.status != AdvisoryStatus::Undetermined),
        }
    }

    /// The hotfixes: what is needed first, then what could be, then the rest.
    fn hotfixes(&self) -> impl Iterator<Item = (&'a HotfixAnswer, HotfixView)> {
        let mut answers: Vec<&HotfixAnswer> = self.assessment.hotfixes.iter().collect();
        let quiet = |status| matches!(status, HotfixStatus::NotApplicable | HotfixStatus::Superseded);
        answers.sort_by_key(|answer| (answer.need.is_none(), answer.need, quiet(answer.status)));
        let view = |(row, answer)| (answer, self.hotfix(row, answer));
        answers.into_iter().enumerate().map(view).collect::<Vec<_>>().into_iter()
    }

    fn hotfix(&self, row: usize, answer: &HotfixAnswer) -> HotfixView {
        let product = self.catalogue.product();
        HotfixView {
            link: HotfixLink {
                withdrawn: answer.withdrawn && answer.status != HotfixStatus::Withdrawn,
                ..HotfixLink::new(self.context, self.catalogue, &answer.id)
            },
            title: answer.title.to_string(),
            badge: words::hotfix(answer.status),
            need: answer.need.map(words::need),
            because: words::reasons(product, &answer.because),
            why: self.explaining.hotfix(row, answer),
            until: answer.until.map(time),
            rollout: answer.rollout.as_ref().map(|rollout| [time(rollout.start), time(rollout.end)]),
            warnings: words::reasons(product, &answer.warnings),
        }
    }
}
