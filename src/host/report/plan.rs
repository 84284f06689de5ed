//! A plan for people: what it comes to, the numbered steps, what the host is after them, what stays open.

use super::text::{common, put_question, put_trouble};
use super::witness::put_witness;
use super::{ago, counted};
use crate::assess::{AdvisoryStatus, Fix, Goal, GuidanceAction, Verdict};
use crate::host::plan::{Left, Open, Outcome, Outlook, Planned, PlannedStep, Steps, Unreachable};
use crate::host::terminal::{Page, Style};
use crate::model::words::{Action, Severity};
use crate::model::{Id, Product, sentence};

/// The plan as text, in colour or not.
#[must_use]
pub fn plan(planned: &Planned, colour: bool) -> String {
    let mut page = Page::new(colour);
    let checked = &planned.checked;
    if let Some(trouble) = &checked.trouble {
        put_trouble(&mut page, trouble, checked.allowed);
    }
    let (Some(view), Some(steps)) = (&checked.view, &planned.plan) else {
        page.line("There is no earlier answer to show.");
        return page.into_text();
    };
    let now = checked.question.now;
    if !checked.counts() {
        page.end().line(&format!(
            "The plan by the last good answer, of what was published on {} ({}), is:",
            view.memory.checked_at,
            ago(view.memory.checked_at, now)
        ));
    }
    let words = Words { product: view.catalogue.product(), planned };
    words.put_head(&mut page, steps);
    words.put_steps(&mut page, steps);
    words.put_takes(&mut page, steps);
    if let Some(unreachable) = &planned.unreachable {
        words.put_unreachable(&mut page, unreachable);
    }
    for host in &planned.hosts {
        words.put_outlook(&mut page, host, steps);
    }
    page.end().line(&format!(
        "By {}, last found current at {} ({}).",
        checked.server,
        view.memory.checked_at,
        ago(view.memory.checked_at, now)
    ));
    if let Some(error) = &checked.not_reached {
        page.styled(Style::Yellow, "Not asked just now").line(&format!(": {error}"));
    }
    put_witness(&mut page, checked, "");
    page.into_text()
}

struct Words<'a> {
    product: &'a Product,
    planned: &'a Planned,
}

impl Words<'_> {
    fn name<'n>(&'n self, release: &'n Id) -> &'n str {
        self.product.release(release.as_str()).map_or(release.as_str(), |release| release.name.as_str())
    }

    /// What is planned for: a host of a release, or a pool.
    fn whom(&self) -> String {
        match self.planned.hosts.as_slice() {
            [Outlook { host: None, release: Some(release), .. }] => self.name(release).to_owned(),
            [Outlook { host: None, .. }] => format!("{}, release not known", self.product.name),
            hosts => format!("a pool of {} hosts", hosts.len()),
        }
    }

    fn put_head(&self, page: &mut Page, steps: &Steps) {
        let (count, whom) = (steps.steps.len(), self.whom());
        let (style, word, rest) = match (self.planned.outcome(), count) {
            (_, 1..) => {
                let whom = match &self.planned.checked.question.goal {
                    Goal::Target(target) if self.planned.unreachable.is_none() => {
                        format!("from {whom} to {}", self.name(target))
                    }
                    _ => format!("for {whom}"),
                };
                (Style::Bold, "PLAN", format!(" {whom}: {}", self.size(steps)))
            }
            (Outcome::Unreachable, _) => (Style::Red, "OUT OF REACH", format!(" from {whom}")),
            (Outcome::Left, _) if self.planned.hosts.iter().all(|host| host.left.is_empty()) => (
                Style::Red,
                "A WITHDRAWN HOTFIX",
                format!(" is installed on {whom}, and no step is planned for that"),
            ),
            (Outcome::Left, _) => (Style::Red, "NO STEP", format!(" can be taken now on {whom}")),
            (Outcome::Undetermined, _) => (Style::Yellow, "UNDETERMINED", format!(" for {whom}")),
            (_, _) if !steps.before.is_empty() => {
                (Style::Yellow, "A RESTART", format!(" is all that {whom} needs"))
            }
            _ if self.planned.hosts.iter().any(unstated) => {
                (Style::Bold, "NOTHING STATED", format!(" of {whom}, so that nothing is planned"))
            }
            _ => (Style::Bold, "NOTHING TO DO", format!(" on {whom}")),
        };
        page.styled(style, word).line(&format!("{rest}."));
        put_question(page, &self.planned.checked);
        if !self.planned.differ.is_empty() {
            page.line(&format!(
                "  Not like the coordinator today, in release or in what is installed: {}.",
                self.planned.differ.join(", ")
            ));
        }
    }

    /// "2 steps, 1 restart of the host".
    fn size(&self, steps: &Steps) -> String {
        let reboots =
            |action: &GuidanceAction| matches!(action.action, Action::RebootHost | Action::Other(_));
        let restarts = steps.guidance.iter().filter(|group| group.actions.iter().any(reboots)).count();
        let restarts = match restarts {
            0 => "no restart of the host".to_owned(),
            count => format!("{} of the host", many(count, "restart")),
        };
        let each = if self.planned.hosts.len() > 1 { " each" } else { "" };
        format!("{}, {restarts}{each}", many(steps.steps.len(), "step"))
    }

    fn put_steps(&self, page: &mut Page, steps: &Steps) {
        if steps.steps.is_empty() && steps.before.is_empty() {
            return;
        }
        page.end();
        for waiting in &steps.before {
            let on = waiting.host.as_ref().map(|host| format!(" {host},")).unwrap_or_default();
            let action = sentence::action(&waiting.action);
            page.line(&format!("  before:{on} {action} ({} waits for it)", waiting.hotfix));
        }
        let warnings: Vec<&[String]> = steps.steps.iter().map(|step| step.warnings.as_slice()).collect();
        let common = common(&warnings);
        let each = if self.planned.hosts.len() > 1 { ", on each of them" } else { "" };
        for (number, step) in steps.steps.iter().enumerate() {
            page.line(&format!("  {}. Install {}: {}", number + 1, step.hotfix, step.title));
            self.put_step(page, step, &common);
            let next = steps.steps.get(number + 1).map(|step| step.group);
            let ends = next != Some(step.group);
            let group = steps.guidance.iter().filter(|guidance| ends && guidance.group == step.group);
            for action in group.flat_map(|guidance| &guidance.actions) {
                let assumed = if action.assumed { "; assumed, its publisher does not state it" } else { "" };
                let what = sentence::action(&action.action);
                page.line(&format!("     then{each}: {what} ({}{assumed})", sentence::level(&action.level)));
            }
        }
        if !common.is_empty() {
            page.line(&format!("  Warning, for every step: {}.", common.join("; ")));
        }
    }

    /// Advisories, the gravest first; of many the first few, and how many there are.
    fn gravest(&self, advisories: &[Id]) -> String {
        const SHOWN: usize = 5;
        let known = self.planned.checked.view.as_ref().map(|view| view.catalogue.advisories());
        let severity = |id: &Id| known.and_then(|all| all.get(id)).map(|advisory| advisory.severity.clone());
        let mut sorted: Vec<(Option<Severity>, &Id)> =
            advisories.iter().map(|id| (severity(id), id)).collect();
        sorted.sort();
        let name = |(severity, id): &(Option<Severity>, &Id)| match severity {
            Some(severity) if advisories.len() <= SHOWN => format!("{id} ({severity})"),
            _ => id.to_string(),
        };
        let shown = sorted.iter().take(SHOWN).map(name).collect::<Vec<_>>().join(", ");
        match advisories.len().saturating_sub(SHOWN) {
            0 => shown,
            more => format!("{} advisories: {shown} and {more} more", advisories.len()),
        }
    }

    fn put_step(&self, page: &mut Page, step: &PlannedStep, common: &[String]) {
        if !step.members.is_empty() {
            page.line(&format!("       on {}", step.members.join(", then ")));
        }
        let purpose = &step.purpose;
        if !purpose.remedies.is_empty() {
            page.line(&format!("       remedies {}", self.gravest(&purpose.remedies)));
        }
        match &purpose.leads_to {
            Some(release) => drop(page.line(&format!("       makes the host {}", self.name(release)))),
            None if !purpose.needed_by.is_empty() => {
                page.line(&format!("       has to come before {}", ids(&purpose.needed_by)));
            }
            None if purpose.remedies.is_empty() && self.planned.checked.question.goal == Goal::All => {
                page.line("       remedies nothing that the host is known to be exposed to");
            }
            None => {}
        }
        if let Some(base) = &step.live_patch_base {
            page.line(&format!("       live patch, for hosts that run {base}"));
        }
        let own: Vec<&str> =
            step.warnings.iter().filter(|one| !common.contains(one)).map(String::as_str).collect();
        if !own.is_empty() {
            page.line(&format!("       warning: {}", own.join("; ")));
        }
    }

    fn put_takes(&self, page: &mut Page, steps: &Steps) {
        if !steps.steps.is_empty() {
            let known = |bytes: Option<i64>| bytes.map_or_else(|| "not stated".to_owned(), size);
            let each = if self.planned.hosts.len() > 1 { " on each host" } else { "" };
            page.end().line(&format!("  To download: {}.", known(steps.download_bytes)));
            page.line(&format!("  To have free{each}: {}.", known(steps.space_bytes)));
        }
        for [one, other] in &steps.conflicts {
            page.line(&format!(
                "  {one} and {other} stand against each other: not all of it can be remedied together."
            ));
        }
        if !steps.optimal {
            page.line(
                "  A shorter plan may exist: the search for one was ended at its limit. This one works as it is.",
            );
        }
    }

    fn put_unreachable(&self, page: &mut Page, unreachable: &Unreachable) {
        let target = self.name(&unreachable.target);
        let hosts: Vec<&str> = unreachable.hosts.iter().flatten().map(String::as_str).collect();
        page.end().styled(Style::Bold, &format!("What stands in the way of {target}")).end();
        if !hosts.is_empty() {
            page.line(&format!("  These do not reach it: {}.", hosts.join(", ")));
        }
        if unreachable.beyond {
            page.line("  The host is beyond it already, and no hotfix leads back.");
        } else if unreachable.ways.is_empty() {
            page.line("  No hotfix that is published leads to it: it is reached by installing it anew.");
        }
        for way in unreachable.ways.iter().filter(|_| !unreachable.beyond) {
            page.line(&format!("  {} leads to it; {} {}.", way.hotfix, way.hotfix, way.says));
        }
    }

    fn put_outlook(&self, page: &mut Page, host: &Outlook, steps: &Steps) {
        let moves = !steps.steps.is_empty() || !steps.before.is_empty();
        let when = if moves { "After the plan" } else { "Today" };
        let who = host.host.as_ref().map(|name| format!(": {name}")).unwrap_or_default();
        let role = if host.coordinator == Some(true) { " (coordinator)" } else { "" };
        page.end().styled(Style::Bold, &format!("{when}{who}{role}")).end();
        match host.after.release.as_ref().or(host.release.as_ref()) {
            Some(release) => drop(page.line(&format!("  {}", self.name(release)))),
            None => drop(page.line(&format!("  release not known ({})", host.because.join("; ")))),
        }
        if host.left.is_empty() && host.undetermined.is_empty() && host.release.is_some() {
            let narrowed = self.planned.checked.question.narrowed();
            let what = if narrowed { "was asked about" } else { "is published" };
            page.line(&match unstated(host) && !moves {
                true => format!("  nothing that {what} speaks of this release"),
                false => format!("  exposed to nothing that {what}"),
            });
        }
        if !moves {
            let counts: Vec<String> = host
                .advisories
                .iter()
                .map(|(word, count)| format!("{count} {}", word.replace('_', " ")))
                .collect();
            if !counts.is_empty() {
                page.line(&format!("  by advisory: {}", counts.join(", ")));
            }
        }
        self.put_all_left(page, &host.left);
        for withdrawn in &host.withdrawn {
            page.line(&format!(
                "  {} is installed, and was taken back: {}",
                withdrawn.hotfix,
                withdrawn.says.iter().map(|text| text.trim_end_matches('.')).collect::<Vec<_>>().join("; ")
            ));
        }
        host.undetermined.iter().for_each(|open| put_open(page, open));
        put_missing(page, host);
    }

    fn put_all_left(&self, page: &mut Page, left: &[Left]) {
        const SHOWN: usize = 10;
        if self.planned.unreachable.is_some() && !left.is_empty() {
            let ids: Vec<Id> = left.iter().map(|left| left.advisory.clone()).collect();
            page.put("  ").styled(Style::Red, AdvisoryStatus::Exposed.word());
            page.line(&format!(" to {}", self.gravest(&ids)));
            page.line("    `hotfix plan` without --target says what can be done about that");
            return;
        }
        let mut sorted: Vec<&Left> = left.iter().collect();
        sorted.sort_by(|one, other| one.severity.cmp(&other.severity));
        let conflicts = self.planned.plan.as_ref().map(|plan| plan.conflicts.as_slice()).unwrap_or_default();
        sorted.iter().take(SHOWN).for_each(|left| put_left(page, left, conflicts));
        if let more @ 1.. = left.len().saturating_sub(SHOWN) {
            page.line(&format!("  and exposed to {more} more: `hotfix check` lists them"));
        }
    }
}

/// Whether nothing speaks of a host's release, which does not make it safe.
fn unstated(host: &Outlook) -> bool {
    host.verdict == Verdict::Unstated.word()
}

fn put_left(page: &mut Page, left: &Left, conflicts: &[[Id; 2]]) {
    page.put("  ")
        .styled(Style::Red, AdvisoryStatus::Exposed.word())
        .line(&format!(" to {}: {} ({})", left.advisory, left.title, left.severity));
    if left.new {
        page.line("    comes with that release: plan again once the host is there");
    } else if left.fixes.is_empty() {
        page.line("    no fix is stated");
    }
    for set in &left.fixes {
        put_set(page, set, conflicts);
    }
    if let Some(workaround) = &left.workaround {
        page.line(&format!("    meanwhile: {workaround}"));
    }
}

/// A set of hotfixes that would remedy something: each with how it stands.
fn put_set(page: &mut Page, set: &[Fix], conflicts: &[[Id; 2]]) {
    if set.len() > 1 {
        let names: Vec<&str> = set.iter().map(|fix| fix.hotfix.as_str()).collect();
        page.line(&format!("    would be remedied by {} together", names.join(" and ")));
    }
    for fix in set {
        let would = if set.len() > 1 { "  " } else { "would be remedied by " };
        let against: Vec<&str> = conflicts
            .iter()
            .filter_map(|pair| match pair {
                [one, other] if *one == fix.hotfix => Some(other.as_str()),
                [other, one] if *one == fix.hotfix => Some(other.as_str()),
                _ => None,
            })
            .collect();
        let says = match against.as_slice() {
            [] => fix.says.clone(),
            others => format!("stands against {}", others.join(" and ")),
        };
        page.line(&format!("    {would}{}, which {says}", fix.hotfix));
    }
}

fn put_open(page: &mut Page, open: &Open) {
    page.put("  ")
        .styled(Style::Yellow, AdvisoryStatus::Undetermined.word())
        .line(&format!(": {}, {} ({})", open.advisory, open.title, open.severity));
    for missing in &open.missing {
        page.line(&format!("    missing: {}", missing.id));
    }
}

/// What would settle all that is open on a host, each said once.
fn put_missing(page: &mut Page, host: &Outlook) {
    let mut said: Vec<&str> = Vec::new();
    for missing in host.missing.iter().chain(host.undetermined.iter().flat_map(|open| &open.missing)) {
        if said.contains(&missing.id.as_str()) {
            continue;
        }
        if said.is_empty() {
            page.line("  To be able to say, supply:");
        }
        said.push(&missing.id);
        super::explanation::put_question(page, missing, 4);
    }
}

fn many(count: usize, unit: &str) -> String {
    counted(u64::try_from(count).unwrap_or(u64::MAX), unit)
}

fn size(bytes: i64) -> String {
    match bytes {
        0..1024 => sentence::bytes(bytes),
        _ => format!("{} ({} bytes)", sentence::about_bytes(bytes), sentence::grouped(bytes)),
    }
}

fn ids(ids: &[Id]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ")
}
