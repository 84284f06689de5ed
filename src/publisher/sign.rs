//! `hotfix sign`: the next version of the product's role, signed where the keys are.

use jiff::{SignedDuration, Timestamp};

use super::cli::SignArgs;
use super::{Error, current, documents, key};
use crate::model::{Id, Source};
use crate::repository::author::{self, Current};
use crate::repository::{Change, Submission, changes};
use crate::trust::{Envelope, Limits, PrivateKey, Signed, Targets};

pub(super) fn run(args: &SignArgs, now: Timestamp) -> Result<(), Error> {
    let written = documents::read(&args.paths)?;
    let sources = written.iter().map(documents::with_payloads).collect::<Result<Vec<Source>, Error>>()?;
    let product = current::product_of(sources.iter().map(Source::value))?;
    let keys = args.keys.iter().map(|file| key::private(file)).collect::<Result<Vec<_>, _>>()?;
    let published = published(args, &product, &keys)?;
    let expires = now.checked_add(SignedDuration::from_hours(24 * args.days)).unwrap_or(Timestamp::MAX);
    let issued = issued(args, &product, published.as_ref())?;
    let submission =
        author::submission_above(&product, published.as_ref(), &sources, issued, expires, &keys)?;
    std::fs::write(&args.output, submission.to_bytes()).map_err(Error::file(&args.output))?;
    report(args, &submission, published.as_ref());
    Ok(())
}

fn published(args: &SignArgs, product: &Id, keys: &[PrivateKey]) -> Result<Option<Current>, Error> {
    let trusted = key::trusted(keys, &args.trusted_keys)?;
    let origin = match (&args.mirror, args.server.server.as_deref()) {
        (Some(folder), _) => current::Origin::Mirror(folder.clone()),
        (None, Some(server)) => current::Origin::Server(Box::new(current::client(server)?)),
        (None, None) => return Ok(None),
    };
    current::fetch(&origin, product, &trusted)
}

/// The highest version that the server ever issued of the role. Nobody signs for it, so it only raises the
/// version, and not far: a version can never be taken back.
fn issued(args: &SignArgs, product: &Id, published: Option<&Current>) -> Result<u64, Error> {
    const MOST_LOST: u64 = 1_000;
    let (None, Some(server)) = (&args.mirror, args.server.server.as_deref()) else { return Ok(0) };
    let said = current::issued(&current::client(server)?, product)?;
    let current = published.map_or(0, |published| published.targets.header.version);
    let Some(issued) = said.filter(|issued| *issued > current) else { return Ok(0) };
    if issued - current > MOST_LOST {
        return Err(Error::Current(format!(
            "{product}: the server says that version {issued} was issued, and {current} is published\n  That is \
             too far to be signed over unseen: ask whoever runs the server."
        )));
    }
    eprintln!(
        "The server has lost {product} version {issued}, so this becomes version {}. Sign the documents of that \
         release again with it: hosts that saw them go on only with a version that has them.",
        issued.saturating_add(1)
    );
    Ok(issued)
}

fn report(args: &SignArgs, submission: &Submission, published: Option<&Current>) {
    let Some(role) = submission.roles.first() else { return };
    let limits = Limits::default();
    let targets = Envelope::parse(role.metadata.as_bytes(), &limits)
        .and_then(|envelope| Targets::from_value(envelope.into_signed(), &limits));
    let Ok(targets) = targets else { return };
    let changes = changes(published.map(|published| &published.targets), &targets);
    if args.json {
        let out = serde_json::json!({
            "schema": "hotfixd/signed/1", "id": submission.id(), "file": args.output, "role": role.name,
            "version": targets.header.version, "expires": targets.header.expires.to_string(), "changes": changes,
        });
        println!("{out}");
        return;
    }
    eprintln!("{} version {}, signed until {}:", role.name, targets.header.version, targets.header.expires);
    changes.iter().for_each(|change| eprintln!("  {}", sentence(change)));
    eprintln!("Wrote {}. Next: hotfix submit {0}", args.output.display());
    println!("{}", submission.id());
}

/// A change in a line.
pub(super) fn sentence(change: &Change) -> String {
    let kind = change.kind;
    match (change.from, change.to) {
        (Some(from), Some(to)) => format!("changes {kind} {} (revision {from} to {to})", change.id),
        (_, Some(to)) => format!("adds {kind} {} (revision {to})", change.id),
        (_, None) => format!("adds a file of {}: {}", change.id, change.path),
    }
}
