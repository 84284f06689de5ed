//! `hotfix submit`, `cosign`, `release` and `status`: what is asked of the server. Signatures decide; the
//! token only admits.

use std::fs::File;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use super::cli::{CosignArgs, ReleaseArgs, StatusArgs, SubmitArgs};
use super::{Error, current, key, sign};
use crate::json::{Form, Value, canonical};
use crate::model::Id;
use crate::net::{Client, Fetched};
use crate::repository::{Place, Submission, changes};
use crate::trust::{Envelope, Limits, Signed, TargetFile, Targets};

/// The longest submission that is read, in bytes.
const MAX_SUBMISSION_BYTES: u64 = 32_000_000;

pub(super) fn submit(args: &SubmitArgs) -> Result<(), Error> {
    let bytes = read(&args.file)?;
    let submission =
        Submission::parse(&bytes).map_err(|error| Error::Submission { file: args.file.clone(), error })?;
    let client = current::server(args.server.server.as_deref())?;
    let folder = args.payloads.as_deref().or_else(|| args.file.parent()).unwrap_or(Path::new("."));
    upload(&client, &submission, folder)?;
    let view = client.post_json("/api/v1/submissions", &bytes)?;
    show(&view, args.json);
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let reader = File::open(file).map_err(Error::file(file))?;
    reader.take(MAX_SUBMISSION_BYTES + 1).read_to_end(&mut bytes).map_err(Error::file(file))?;
    Ok(bytes)
}

/// Uploads the files of hotfixes that the submission lists and the server does not have.
fn upload(client: &Client, submission: &Submission, folder: &Path) -> Result<(), Error> {
    let (_, targets) = signed(submission)?;
    for (path, file) in &targets.targets {
        let Some(Place::Payload { file: name, .. }) = Place::parse(path.as_str()) else { continue };
        let address = format!("/api/v1/blobs/{}", file.sha256);
        match client.get(&address, 4_096, None) {
            Ok(_) => continue,
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.into()),
        }
        put(client, &address, &folder.join(name.as_str()), file)?;
    }
    Ok(())
}

fn put(client: &Client, address: &str, path: &Path, file: &TargetFile) -> Result<(), Error> {
    let mut reader = File::open(path).map_err(Error::file(path))?;
    let length = reader.metadata().map_err(Error::file(path))?.len();
    if length != file.length {
        let error = std::io::Error::other(format!("{length} bytes, where {} were signed", file.length));
        return Err(Error::File { file: path.to_owned(), error });
    }
    eprintln!("Uploading {} ({length} bytes)", path.display());
    client.put_file(address, &mut reader, length)?;
    Ok(())
}

/// What is signed of a submission: the file, and what it says.
fn signed(submission: &Submission) -> Result<(Envelope, Targets), Error> {
    let metadata = submission.roles.first().map(|role| role.metadata.as_bytes()).unwrap_or_default();
    let limits = Limits::default();
    Envelope::parse(metadata, &limits)
        .and_then(|envelope| {
            let targets = Targets::from_value(envelope.signed().clone(), &limits)?;
            Ok((envelope, targets))
        })
        .map_err(|error| Error::Current(format!("the signed metadata of {}: {error}", submission.product)))
}

pub(super) fn cosign(args: &CosignArgs) -> Result<(), Error> {
    let client = current::server(args.server.server.as_deref())?;
    let key = key::private(&args.key)?;
    let path = address(&args.id)?;
    let Fetched::Bytes { bytes, .. } = client.get(&format!("{path}/file"), MAX_SUBMISSION_BYTES, None)?
    else {
        return Err(Error::Current(format!("{}: the server sent nothing", args.id)));
    };
    let submission = Submission::parse(&bytes)
        .map_err(|error| Error::Submission { file: args.id.clone().into(), error })?;
    let (mut envelope, targets) = signed(&submission)?;
    only_of_the_product(&submission, &targets)?;
    // What is signed is said by this command, from the very bytes, not by the server: nor is what is published,
    // beside which it is held.
    let origin = current::Origin::Server(Box::new(current::server(args.server.server.as_deref())?));
    let trusted = key::trusted(std::slice::from_ref(&key), &args.trusted_keys)?;
    let published = match current::fetch(&origin, &submission.product, &trusted) {
        Err(error @ Error::Current(_)) => {
            eprintln!("{error}\n  So all that you would sign is listed, whether it is published or not.");
            None
        }
        other => other?,
    };
    eprintln!("{} version {}, until {}:", submission.product, targets.header.version, targets.header.expires);
    let changes = changes(published.as_ref().map(|published| &published.targets), &targets);
    changes.iter().for_each(|change| eprintln!("  {}", sign::sentence(change)));
    confirm(&format!("Sign this with {}?", args.key.display()), args.yes)?;
    envelope.add_signature(&key);
    let keyid = key.public().id();
    let sig = envelope.signatures().iter().find(|signature| signature.keyid == keyid);
    let sig = sig.map(|signature| signature.sig.clone()).unwrap_or_default();
    let body = Value::from([("keyid", keyid.as_str().into()), ("sig", sig.into())]);
    let view = client.post_json(&format!("{path}/signatures"), &canonical(&body, Form::Json))?;
    show(&view, args.json);
    Ok(())
}

/// A product's role says nothing but of its product, and hands nothing on: a server that asks for a signature
/// on anything else is not to have it.
fn only_of_the_product(submission: &Submission, targets: &Targets) -> Result<(), Error> {
    let product = &submission.product;
    let refuse = |what: &str| {
        let text = format!("{product}: {what}\n  Do not sign it, and tell whoever runs the server.");
        Err(Error::Current(text))
    };
    if targets.delegations.as_ref().is_some_and(|delegations| !delegations.roles.is_empty()) {
        return refuse("what would be signed hands its trust on to other keys");
    }
    let inside = |path: &str| Place::parse(path).is_some_and(|place| place.published_by() == Some(product));
    match targets.targets.keys().find(|path| !inside(path.as_str())) {
        Some(path) => refuse(&format!("what would be signed speaks of {path}, which is not of it")),
        None => Ok(()),
    }
}

pub(super) fn release(args: &ReleaseArgs) -> Result<(), Error> {
    let client = current::server(args.server.server.as_deref())?;
    let path = address(&args.id)?;
    let view = client.get_json(&path)?;
    if !args.json {
        print(&view, false);
    }
    confirm(&format!("Release {} to every host?", args.id), args.yes)?;
    // Bound to what was just shown: the server refuses where it has changed.
    let digest = text(&view, "digest").unwrap_or_default();
    let body = Value::from([("digest", digest.into())]);
    let view = client.post_json(&format!("{path}/release"), &canonical(&body, Form::Json))?;
    if args.json {
        print(&view, true);
    } else {
        line(&view);
        eprintln!("Released: the next check of every host has it.");
    }
    Ok(())
}

pub(super) fn status(args: &StatusArgs) -> Result<(), Error> {
    let client = current::server(args.server.server.as_deref())?;
    match &args.id {
        Some(id) => print(&client.get_json(&address(id)?)?, args.json),
        None => {
            let list = all(&client)?;
            let lost = current::lost(&client)?;
            lost.iter().for_each(|lost| eprintln!("Warning: {lost}."));
            if args.json {
                print(&list, true);
            } else {
                let items = list.get("items").and_then(Value::as_list).unwrap_or_default();
                if items.is_empty() {
                    eprintln!("No submissions yet.");
                }
                items.iter().for_each(line);
            }
        }
    }
    Ok(())
}

/// Every submission, page by page.
fn all(client: &Client) -> Result<Value, Error> {
    const PAGES: usize = 100;
    let (mut items, mut path) = (Vec::new(), "/api/v1/submissions".to_owned());
    for _ in 0..PAGES {
        let page = client.get_json(&path)?;
        items.extend(page.get("items").and_then(Value::as_list).unwrap_or_default().iter().cloned());
        match page.get("next").and_then(Value::as_text).and_then(Id::new) {
            Some(next) => path = format!("/api/v1/submissions?after={next}"),
            None => return Ok(Value::from([("items", Value::List(items)), ("next", Value::Null)])),
        }
    }
    eprintln!("There are more: only the newest {} are shown.", items.len());
    Ok(Value::from([("items", Value::List(items)), ("next", Value::Null)]))
}

/// The address of a submission, whose id goes into it as it is.
fn address(id: &str) -> Result<String, Error> {
    match Id::new(id) {
        Some(id) => Ok(format!("/api/v1/submissions/{id}")),
        None => Err(Error::Usage(format!("{id:?} is no id of a submission: `hotfix status` lists them"))),
    }
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_text)
}

fn line(view: &Value) {
    let field = |name| crate::net::harmless(text(view, name).unwrap_or("-"));
    println!("{}  {:<10}  {}  {}", field("id"), field("state"), field("product"), field("submitted_at"));
}

/// A submission with its gates: one list, shared with the server.
fn print(view: &Value, json: bool) {
    if json {
        println!("{}", String::from_utf8_lossy(&canonical(view, Form::Json)));
        return;
    }
    line(view);
    for change in view.get("changes").and_then(Value::as_list).unwrap_or_default() {
        let field = |name| crate::net::harmless(text(change, name).unwrap_or("-"));
        let int = |name| change.get(name).and_then(Value::as_int);
        let revision = match (int("from"), int("to")) {
            (Some(from), Some(to)) => format!("revision {from} to {to}"),
            (None, Some(to)) => format!("new, revision {to}"),
            _ => "new".to_owned(),
        };
        println!("  {:<8} {}  {revision}", field("kind"), field("id"));
    }
    for gate in view.get("gates").and_then(Value::as_list).unwrap_or_default() {
        let field = |name| crate::net::harmless(text(gate, name).unwrap_or_default());
        println!("  {:<8} {:<10}  {}", field("outcome"), field("gate"), field("detail"));
    }
}

/// A submission with its gates, and what comes next.
fn show(view: &Value, json: bool) {
    print(view, json);
    if !json {
        next(view);
    }
}

fn next(view: &Value) {
    let id = crate::net::harmless(text(view, "id").unwrap_or("ID"));
    match text(view, "state") {
        Some("ready") => eprintln!("Next: hotfix release {id}"),
        Some("waiting") => {
            eprintln!("It waits for signatures. Next, by another keyholder: hotfix cosign {id} --key K");
        }
        _ => {}
    }
}

/// Asks on a terminal; elsewhere `--yes` has to have been given.
fn confirm(question: &str, yes: bool) -> Result<(), Error> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::NotConfirmed(format!("{question} There is no terminal to ask on.")));
    }
    eprint!("{question} [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(Error::file("standard input"))?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Error::NotConfirmed(question.to_owned())),
    }
}
