//! `hotfix new`: a commented document to fill in.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Error;
use super::cli::{NewArgs, NewKind};
use crate::model::Id;

pub(super) fn run(args: &NewArgs) -> Result<(), Error> {
    let ids = [("ID", &args.id), ("--product", &args.product), ("--release", &args.release)];
    for (name, text) in ids {
        if Id::new(text).is_none() {
            let rule = "1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit";
            return Err(Error::Usage(format!("{name} {text:?} is no identifier: {rule}")));
        }
    }
    let text = document(args);
    match &args.output {
        Some(file) if file == Path::new("-") => print!("{text}"),
        other => {
            let file = other.clone().unwrap_or_else(|| PathBuf::from(format!("{}.toml", args.id)));
            write(&file, &text)?;
            eprintln!("Wrote {}. Fill it in, then: hotfix lint {0}", file.display());
        }
    }
    Ok(())
}

fn document(args: &NewArgs) -> String {
    let template = match args.kind {
        NewKind::Advisory => include_str!("templates/advisory.toml"),
        NewKind::Hotfix => include_str!("templates/hotfix.toml"),
        NewKind::Product => include_str!("templates/product.toml"),
    };
    template.replace("{id}", &args.id).replace("{product}", &args.product).replace("{release}", &args.release)
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    let mut out =
        OpenOptions::new().write(true).create_new(true).open(file).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists { file: file.to_owned() },
            _ => Error::File { file: file.to_owned(), error },
        })?;
    out.write_all(text.as_bytes()).map_err(Error::file(file))
}
