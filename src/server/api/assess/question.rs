//! The question that a query asks: what of it can be read without a catalogue, and the rest.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::assess::explain::{Explainer, Explanation, MOST_EXPLAINED};
use crate::assess::{Goal, Question};
use crate::model::{Catalogue, Id, suggest};
use crate::server::past::{self, Day};
use crate::server::problem::{Code, Problem};
use crate::server::query::{Query, bad};
use crate::server::state::shown;

pub(super) const PARAMETERS: &[&str] =
    &["advisory", "security", "plan", "target", "host", "as_of", "explain", "changed_since"];

/// What a query asks.
pub(super) struct Asked {
    query: Query,
    day: Option<Day>,
    since: Option<Day>,
}

impl Asked {
    /// Reads what can be read without a catalogue.
    ///
    /// # Errors
    /// Days that cannot be asked about; more to explain than is explained at once.
    pub(super) fn read(query: Query, now: Timestamp) -> Result<Self, Problem> {
        if query.all("explain").count() > MOST_EXPLAINED {
            let detail = format!("At most {MOST_EXPLAINED} advisories and hotfixes are explained at once.");
            let remedy = "Ask for the others in a request of their own.";
            return Err(Problem::new(Code::BadParameter, detail).at("explain").remedy(remedy));
        }
        let read = |name: &str| match query.one(name)? {
            None => Ok(None),
            Some(text) => past::day(text, now).map(Some).map_err(|remedy| bad(name, text, "").remedy(remedy)),
        };
        let day = read("as_of")?.flatten();
        let since = match read("changed_since")? {
            None => None,
            Some(Some(since)) if day.is_none_or(|day| since.date < day.date) => Some(since),
            Some(_) => {
                let text = query.one("changed_since")?.unwrap_or_default();
                let remedy = "Name a day before the one that is asked about, which is today or `as_of`.";
                return Err(bad("changed_since", text, "").remedy(remedy));
            }
        };
        Ok(Self { query, day, since })
    }

    /// The day that is asked about; `None`: the present.
    pub(super) fn day(&self) -> Option<Day> {
        self.day
    }

    /// The day since which it is asked what changed.
    pub(super) fn since(&self) -> Option<Day> {
        self.since
    }

    /// The question, put to a catalogue.
    ///
    /// # Errors
    /// An advisory or a release that it does not know; values that cannot be.
    pub(super) fn question(&self, catalogue: &Catalogue, now: Timestamp) -> Result<Question, Problem> {
        let query = &self.query;
        let advisories: BTreeSet<Id> =
            query.all("advisory").map(|text| advisory(text, catalogue)).collect::<Result<_, _>>()?;
        let mut question = Question::at(self.day.map_or(now, |day| day.at));
        question.advisories = (!advisories.is_empty()).then_some(advisories);
        question.security = query.flag("security")?;
        question.host = query.one("host")?.map(str::to_owned).filter(|host| !host.is_empty());
        question.goal = match (query.one("plan")?, query.one("target")?) {
            (None | Some("needed"), None) => Goal::Needed,
            (Some("all"), None) => Goal::All,
            (None, Some(target)) => Goal::Target(release(target, catalogue)?),
            (Some(_), Some(_)) => {
                let detail = "plan and target cannot be given together.";
                return Err(Problem::new(Code::BadParameter, detail).at("target"));
            }
            (Some(other), None) => return Err(bad("plan", other, "`needed` or `all`")),
        };
        Ok(question)
    }

    /// Whether anything is to be explained.
    pub(super) fn explains(&self) -> bool {
        self.query.all("explain").next().is_some()
    }

    /// How the answers came about that are to be explained, in the order asked for.
    ///
    /// # Errors
    /// An id that is none of an advisory or hotfix of the product.
    pub(super) fn explanations<'c>(
        &self,
        catalogue: &Catalogue,
        explainer: impl FnOnce() -> Explainer<'c>,
    ) -> Result<Vec<Explanation>, Problem> {
        let mut ids = self.query.all("explain").peekable();
        if ids.peek().is_none() {
            return Ok(Vec::new());
        }
        let explainer = explainer();
        ids.map(|id| explainer.explain(id).ok_or_else(|| no_document(id, catalogue))).collect()
    }
}

fn no_document(text: &str, catalogue: &Catalogue) -> Problem {
    let known = catalogue.advisories().keys().chain(catalogue.hotfixes().keys()).map(Id::as_str);
    let remedy = match suggest(text, known) {
        Some(near) => format!("Did you mean {near}?"),
        None => "See /api/v1/advisories and /api/v1/hotfixes.".to_owned(),
    };
    let detail = format!("{} has no advisory and no hotfix {}.", catalogue.product().name, shown(text));
    Problem::new(Code::BadParameter, detail).at("explain").remedy(remedy)
}

fn advisory(text: &str, catalogue: &Catalogue) -> Result<Id, Problem> {
    if let Some((id, _)) = catalogue.advisories().get_key_value(text) {
        return Ok(id.clone());
    }
    let near = suggest(text, catalogue.advisories().keys().map(Id::as_str));
    let near =
        near.map_or_else(|| "See /api/v1/advisories.".to_owned(), |near| format!("Did you mean {near}?"));
    let detail = format!("{} has no advisory {}.", catalogue.product().name, shown(text));
    Err(Problem::new(Code::BadParameter, detail).at("advisory").remedy(near))
}

fn release(text: &str, catalogue: &Catalogue) -> Result<Id, Problem> {
    let product = catalogue.product();
    match product.release(text) {
        Some(release) => Ok(release.id.clone()),
        None => {
            let known: Vec<&str> = product.releases.iter().map(|release| release.id.as_str()).collect();
            Err(bad("target", text, &format!("one of {}", known.join(", "))))
        }
    }
}
