//! `hotfix key`: making keys, and saying what they are.

use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::Error;
use super::cli::KeyCommand;
use crate::json::Value;
use crate::trust::{PrivateKey, PublicKey};

pub(super) fn run(command: &KeyCommand) -> Result<(), Error> {
    match command {
        KeyCommand::New { output, json } => {
            let key = PrivateKey::generate().map_err(|error| Error::Key { file: output.clone(), error })?;
            let public = public_name(output);
            write(output, &key.to_pem().map_err(|error| Error::Key { file: output.clone(), error })?, true)?;
            let pem = key.public().to_pem().map_err(|error| Error::Key { file: public.clone(), error })?;
            write(&public, &pem, false)?;
            show(&key.public(), &public, *json)?;
            if !json {
                eprintln!("The private key is in {}: keep it offline, and never in git.", output.display());
            }
            Ok(())
        }
        KeyCommand::Show { file, json } => {
            let text = text_of(file)?;
            let private = PrivateKey::from_pem(&text).map(|key| key.public());
            let key = private.or_else(|_| PublicKey::from_pem(&text));
            show(&key.map_err(|error| Error::Key { file: file.clone(), error })?, file, *json)
        }
    }
}

/// The longest key file that is read, in bytes.
const MAX_KEY_BYTES: u64 = 65_536;

fn text_of(file: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let reader = File::open(file).map_err(Error::file(file))?;
    reader.take(MAX_KEY_BYTES).read_to_string(&mut text).map_err(Error::file(file))?;
    Ok(text)
}

/// Reads a private key.
pub(super) fn private(file: &Path) -> Result<PrivateKey, Error> {
    let text = text_of(file)?;
    PrivateKey::from_pem(&text).map_err(|error| Error::Key { file: file.to_owned(), error })
}

/// The keys that may have signed what is built on: those that sign now, and those in the files.
pub(super) fn trusted(own: &[PrivateKey], files: &[PathBuf]) -> Result<Vec<PublicKey>, Error> {
    own.iter().map(|key| Ok(key.public())).chain(files.iter().map(|file| public(file))).collect()
}

/// Reads a public key.
fn public(file: &Path) -> Result<PublicKey, Error> {
    let text = text_of(file)?;
    PublicKey::from_pem(&text).map_err(|error| Error::Key { file: file.to_owned(), error })
}

fn public_name(file: &Path) -> PathBuf {
    file.with_extension("pub.pem")
}

/// Writes a file that is not there yet; a secret one is its owner's alone from the start.
fn write(file: &Path, text: &str, secret: bool) -> Result<(), Error> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_dir_all(folder).map_err(Error::file(folder))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
    let mut out = options.open(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Exists { file: file.to_owned() },
        _ => Error::File { file: file.to_owned(), error },
    })?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(Error::file(file))
}

fn show(key: &PublicKey, file: &Path, json: bool) -> Result<(), Error> {
    let fingerprint =
        key.fingerprint().map_err(|error| Error::Key { file: file.to_owned(), error })?.to_string();
    let scheme = key.scheme().map_or("unknown", crate::trust::scheme::Scheme::name);
    if json {
        let value = Value::from([
            ("file", file.display().to_string().into()),
            ("fingerprint", fingerprint.into()),
            ("keyid", key.id().as_str().into()),
            ("scheme", scheme.into()),
        ]);
        println!("{}", String::from_utf8_lossy(&crate::json::canonical(&value, crate::json::Form::Json)));
    } else {
        println!("file         {}", file.display());
        println!("key id       {}", key.id().as_str());
        println!("fingerprint  {fingerprint}  (SHA-256 of the public key, DER)");
        println!("scheme       {scheme}");
    }
    Ok(())
}
