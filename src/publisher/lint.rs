//! `hotfix lint`: every rule that the server holds, before anything is sent.

use std::collections::BTreeMap;

use super::cli::LintArgs;
use super::{Error, current, documents};
use crate::model::{Catalogue, Document, Level, Mode, Problem, Problems, Source};
use crate::repository::author::{self, AuthorError, Current};

pub(super) fn run(args: &LintArgs) -> Result<u8, Error> {
    let checked = check(args);
    let problems = match checked {
        Err(
            Error::Problems(Problems(problems)) | Error::Author(AuthorError::Problems(Problems(problems))),
        ) => problems,
        Err(error) => return Err(error),
        Ok(problems) => problems,
    };
    let count = |level| problems.iter().filter(|problem| problem.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    if args.json {
        let out = serde_json::json!({
            "schema": "hotfixd/lint/1", "errors": errors, "warnings": warnings, "problems": problems,
        });
        println!("{out}");
    } else {
        problems.iter().for_each(|problem| println!("{problem}"));
        let say = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        eprintln!("{}, {}", say(errors, "error"), say(warnings, "warning"));
    }
    Ok(u8::from(errors > 0))
}

fn check(args: &LintArgs) -> Result<Vec<Problem>, Error> {
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    for path in &args.paths {
        match documents::read(std::slice::from_ref(path)) {
            Ok(written) => {
                for one in written {
                    sources.push(documents::with_payloads(&one)?);
                }
            }
            Err(Error::Problems(Problems(found))) => problems.extend(found),
            Err(error) => return Err(error),
        }
    }
    if !problems.is_empty() {
        return Ok(problems);
    }
    sources.sort_by(|one, other| one.file().cmp(other.file()));
    sources.dedup_by(|one, other| one.file() == other.file());
    match args.server.server.as_deref() {
        Some(server) => against_server(server, &sources),
        None => Ok(alone(&sources)),
    }
}

/// Against what the server has: its catalogue with these documents in it.
fn against_server(server: &str, sources: &[Source]) -> Result<Vec<Problem>, Error> {
    let product = current::product_of(sources.iter().map(Source::value))?;
    let origin = current::Origin::Server(Box::new(current::client(server)?));
    let published = current::fetch(&origin, &product, &[])?;
    let catalogue = author::overlay(published.as_ref(), sources)?;
    would_sign(&product, published.as_ref(), sources)?;
    let mine = |problem: &&Problem| sources.iter().any(|source| source.file() == problem.file);
    Ok(catalogue.warnings().iter().filter(mine).cloned().collect())
}

/// What only signing finds out: revisions that did not rise, documents that would move.
fn would_sign(
    product: &crate::model::Id,
    published: Option<&Current>,
    sources: &[Source],
) -> Result<(), Error> {
    match author::submission(product, published, sources, jiff::Timestamp::MAX, &[]) {
        Ok(_) | Err(AuthorError::Unchanged) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Without a server, references to what is not among the documents can only be warned of.
fn alone(sources: &[Source]) -> Vec<Problem> {
    let mut by_product: BTreeMap<String, Vec<&Source>> = BTreeMap::new();
    let mut problems = Vec::new();
    for source in sources {
        match Document::decode(source, Mode::Strict) {
            Ok(document) => by_product.entry(document.product().to_string()).or_default().push(source),
            Err(Problems(found)) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return problems;
    }
    for sources in by_product.into_values() {
        match Catalogue::read(sources, Mode::Strict) {
            Ok(catalogue) => problems.extend(catalogue.warnings().iter().cloned()),
            Err(Problems(found)) => problems.extend(found.into_iter().map(unless_absent)),
        }
    }
    problems
}

fn unless_absent(problem: Problem) -> Problem {
    if !problem.absent {
        return problem;
    }
    let remedy = format!("{} Or give --server, whose catalogue may have it.", problem.remedy);
    Problem { level: Level::Warning, remedy, ..problem }
}
