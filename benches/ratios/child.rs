//! What a process of its own is measured at: `ratios child WHAT …`.

use std::path::Path;

use hotfixd::durable::{self, Access};
use hotfixd::net::{Client, Error as NetError, Fetched, Limits as NetLimits, ServerUrl};
use hotfixd::trust::{Answer, Limits, Local, Refresh, TargetPath, Wanted, Write, names};
use jiff::Timestamp;
use serde_json::json;

use crate::failure::{At, Failure, Result};
use crate::process::{measured, own_cpu};
use crate::raw::Least;

/// Does what the words say.
pub(crate) fn child(words: &[String]) -> Result<()> {
    match words {
        [what, command @ ..] if what == "measure" => measured(command),
        [what] if what == "index-memory" => crate::assessment::print_index_memory(),
        [what, url, root, folder, path @ ..] if what == "refresh" => {
            let before = own_cpu()?;
            refresh(url, Path::new(root), Path::new(folder), path.first())?;
            println!("{}", json!({ "cpu": own_cpu()? - before }));
            Ok(())
        }
        [what, folder] if what == "raw" => Least::read(Path::new(folder))?.done(),
        _ => Err(Failure::new(format!("no such child: {}", words.join(" ")))),
    }
}

/// A cold refresh by the library, its files kept as a host keeps them; with a target's path, a look-up too.
fn refresh(url: &str, root: &Path, folder: &Path, path: Option<&String>) -> Result<()> {
    let client = Client::new(ServerUrl::parse(url)?, NetLimits::default())?;
    let path =
        path.map(|path| TargetPath::try_from(path.clone()).map_err(|error| Failure::new(error.reason)));
    let wanted = path.transpose()?.map_or(Wanted::TopLevel, Wanted::Path);
    let looks_up = matches!(wanted, Wanted::Path(_));
    let local = Local { root: std::fs::read(root).at(root.display())?, ..Local::default() };
    durable::folder(folder)?;
    let mut refresh = Refresh::new(local, wanted, Timestamp::now(), Limits::default())?;
    let keep = |path: &Path, bytes: &[u8]| durable::write(path, bytes, Access::Everybody);
    // ngclient keeps the root that it begins with, too.
    keep(&folder.join(names::local_file("root")), &refresh.set().root().bytes)?;
    while let Some(request) = refresh.next_request() {
        let limit = u64::try_from(request.max_bytes)?;
        let answer = match client.get(&format!("tuf/metadata/{}", request.file), limit, None) {
            Ok(Fetched::Bytes { bytes, .. }) => Answer::Bytes(bytes),
            Ok(Fetched::Unchanged) => Answer::Failed("304 to a question without a tag".to_owned()),
            Err(NetError::Status { status: 404, .. }) => Answer::NotFound,
            Err(error) => Answer::Failed(error.to_string()),
        };
        refresh.supply(answer);
        for write in refresh.take_writes() {
            match write {
                Write::Put { file, bytes } => keep(&folder.join(file), &bytes)?,
                Write::Remove { file } => durable::remove(&folder.join(file))?,
            }
        }
    }
    let outcome = refresh.finish();
    match (outcome.failure, outcome.roles.iter().find_map(|role| role.result.as_ref().err())) {
        (Some(refusal), _) => Err(Failure::new(refusal)),
        (None, Some(refusal)) => Err(Failure::new(refusal)),
        (None, None) if looks_up && outcome.set.roles().count() < 2 => {
            Err(Failure::new("nothing was looked up"))
        }
        (None, None) => Ok(()),
    }
}
