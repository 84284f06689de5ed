//! What keeps a host's command from doing what it was asked, with a code for programs and a remedy for
//! people.

use std::path::PathBuf;

use super::standing::Trouble;
use super::words;
use crate::model::{Id, Problems};
use crate::net;
use crate::trust::Refusal;

/// Why a command failed. Its text says what and where; [`Error::remedy`] what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The state folder holds no server.
    #[error("no server is known here: {} has no server.json", .folder.display())]
    NotInitialised {
        /// The state folder.
        folder: PathBuf,
    },
    /// A file of the state folder cannot be read.
    #[error("{}: cannot be read: {reason}", .path.display())]
    StateRead {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A file of the state folder cannot be written.
    #[error("{}: cannot be written: {reason}", .path.display())]
    StateWrite {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// `server.json` is damaged.
    #[error("{}: is damaged: {reason}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no folder for the state.
    #[error(
        "no folder for the state is known: neither --state, HOTFIX_STATE, XDG_STATE_HOME nor HOME is set"
    )]
    NoStateFolder,
    /// The pinned root is damaged, and so is every copy of it.
    #[error("{}: no root of trust is left here: {refusal}", .folder.display())]
    RootLost {
        /// The state folder.
        folder: PathBuf,
        /// What is wrong with the pinned one.
        refusal: Box<Refusal>,
    },
    /// Another server or root is pinned.
    #[error("{server} is pinned already, by the root {pinned_sha256}")]
    Pinned {
        /// The server that is pinned.
        server: String,
        /// The SHA-256 of the root that was pinned.
        pinned_sha256: String,
    },
    /// Trust on first use of a server that is not this machine.
    #[error("{server}: a root is trusted on first use on loopback only")]
    FirstUse {
        /// The server.
        server: String,
    },
    /// No root of the server has the fingerprint.
    #[error("{server}: none of its {roots} roots has the SHA-256 {fingerprint}")]
    Fingerprint {
        /// The server.
        server: String,
        /// How many roots it has.
        roots: u64,
        /// The fingerprint that was given.
        fingerprint: String,
    },
    /// A root that nobody can use.
    #[error("{file}: {refusal}")]
    Root {
        /// Where it came from.
        file: String,
        /// What is wrong with it.
        refusal: Box<Refusal>,
    },
    /// A root made for development, from a server that is not this machine.
    #[error("{server}: root version {version} was made for development, and this server is not this machine")]
    Development {
        /// The server.
        server: String,
        /// The version of the root.
        version: u64,
    },
    /// The server or the way to it.
    #[error("{0}")]
    Net(#[from] net::Error),
    /// The local copy is of no use, and nothing may be or could be fetched.
    #[error("no good copy of {product}'s catalogue is here")]
    NothingLocal {
        /// The product.
        product: Id,
    },
    /// An inventory that cannot be read as a file.
    #[error("{file}: {reason}")]
    InventoryFile {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// An inventory that is not of the right form.
    #[error("{}", words::first_lines(.0))]
    Inventory(Problems),
    /// Nobody said what product this host is, and nothing tells.
    #[error("what product this host is, nobody said, and nothing here tells")]
    ProductUnknown {
        /// The products that are known.
        known: Vec<String>,
    },
    /// The server publishes no such product.
    #[error("{server} publishes no product {product}")]
    NoSuchProduct {
        /// The server.
        server: String,
        /// The product.
        product: Id,
        /// The products that it publishes.
        known: Vec<String>,
    },
    /// The inventory is of another product than was asked for.
    #[error("the inventory is of the product {found}, and {asked} was asked for")]
    OtherProduct {
        /// The product of the inventory.
        found: Id,
        /// The product that was asked for.
        asked: Id,
    },
    /// `--explain` names nothing that is known.
    #[error("{product} has neither an advisory nor a hotfix {id}")]
    NoSuchDocument {
        /// The product.
        product: Id,
        /// What was asked for.
        id: Id,
        /// The nearest id that is known.
        near: Option<String>,
    },
    /// The product has no release of that name.
    #[error("{product} has no release {release}")]
    NoSuchRelease {
        /// The product.
        product: Id,
        /// What was asked for.
        release: Id,
        /// The nearest id that is known.
        near: Option<String>,
        /// The releases that it has.
        known: Vec<String>,
    },
    /// A witness that cannot be one.
    #[error("{reason}")]
    Witness {
        /// What is wrong with it.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// Inventories that are not those of a pool.
    #[error("{reason}")]
    Pool {
        /// What is wrong with them.
        reason: String,
    },
    /// There is no hotfix of that name.
    #[error("{product} has no hotfix {id}")]
    NoSuchHotfix {
        /// The product.
        product: Id,
        /// What was asked for.
        id: Id,
        /// The nearest id that is known.
        near: Option<String>,
    },
    /// A hotfix that was taken back is not downloaded.
    #[error("{hotfix} was withdrawn: {reason}")]
    Withdrawn {
        /// The hotfix.
        hotfix: Id,
        /// Why.
        reason: String,
        /// What to install instead.
        replaced_by: Option<Id>,
    },
    /// Nothing says which files a hotfix has, or what they hold.
    #[error("{hotfix}: its publisher says of {what} neither length nor SHA-256")]
    FilesUnknown {
        /// The hotfix.
        hotfix: Id,
        /// Which files.
        what: String,
    },
    /// Another file stands where one is to go.
    #[error("{}: is here already, and is another file", .path.display())]
    Occupied {
        /// Where.
        path: PathBuf,
    },
    /// The same file is being downloaded by another command.
    #[error("{}: is being downloaded by another command", .path.display())]
    Busy {
        /// Where.
        path: PathBuf,
    },
    /// A file that is downloaded cannot be read or written here.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// No source gave a file.
    #[error("{file}: could not be had\n{}", .tried.join("\n"))]
    NotDownloaded {
        /// The file.
        file: String,
        /// Each source with what went wrong.
        tried: Vec<String>,
    },
    /// What the server offered was refused, and there is nothing to answer from.
    #[error("{}", .0.message)]
    Refused(Box<Trouble>),
    /// The answer cannot be written.
    #[error("standard output: {reason}")]
    Output {
        /// What the system says.
        reason: String,
    },
    /// A file of the machine that the collectors read.
    #[error("{}: {reason}", .path.display())]
    Collect {
        /// The file or program.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

impl Error {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::NotInitialised { .. } => "not_initialised",
            Self::StateRead { .. } => "state_unreadable",
            Self::StateWrite { .. } => "state_not_writable",
            Self::Settings { .. } => "settings_damaged",
            Self::NoStateFolder => "no_state_folder",
            Self::RootLost { .. } => "root_lost",
            Self::Pinned { .. } => "pinned",
            Self::FirstUse { .. } => "first_use",
            Self::Fingerprint { .. } => "fingerprint",
            Self::Root { .. } => "root_refused",
            Self::Development { .. } => "development_root",
            Self::Net(error) => error.code(),
            Self::NothingLocal { .. } => "nothing_local",
            Self::InventoryFile { .. } => "inventory_unreadable",
            Self::Inventory(_) => "inventory_malformed",
            Self::ProductUnknown { .. } => "product_unknown",
            Self::NoSuchProduct { .. } => "no_such_product",
            Self::OtherProduct { .. } => "other_product",
            Self::NoSuchDocument { .. } => "no_such_document",
            Self::NoSuchRelease { .. } => "no_such_release",
            Self::Witness { .. } => "no_witness",
            Self::Pool { .. } => "no_pool",
            Self::NoSuchHotfix { .. } => "no_such_hotfix",
            Self::Withdrawn { .. } => "withdrawn",
            Self::FilesUnknown { .. } => "files_unknown",
            Self::Occupied { .. } => "occupied",
            Self::Busy { .. } => "busy",
            Self::File { .. } => "file",
            Self::NotDownloaded { .. } => "not_downloaded",
            Self::Refused(trouble) => &trouble.code,
            Self::Output { .. } => "not_printed",
            Self::Collect { .. } => "not_collected",
        }
    }

    fn download_remedy(&self) -> &'static str {
        match self {
            Self::FilesUnknown { .. } => "Look at its references for where to get it.",
            Self::Occupied { .. } => "Move it away, or name another folder with --to.",
            Self::Busy { .. } => "Wait for the other command, or name another folder with --to.",
            Self::File { .. } => {
                "Look for room and permission there, or name another folder with --to. What came so far is \
                 kept."
            }
            Self::NotDownloaded { .. } => {
                "Run it again: it carries on where it ended. If it goes on, tell whoever runs the server."
            }
            _ => "",
        }
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NotInitialised { .. } => {
                "Run `hotfix init --server URL` first, or name another folder with --state.".to_owned()
            }
            Self::StateRead { .. } | Self::StateWrite { .. } => {
                "Run it as the user that the folder belongs to, look for room on the disk, or name another \
                 folder with --state. `hotfix check --offline` writes nothing."
                    .to_owned()
            }
            Self::Settings { .. } | Self::RootLost { .. } => {
                "Run `hotfix init --server URL --yes` again, with --root or --fingerprint.".to_owned()
            }
            Self::NoStateFolder => "Name a folder with --state.".to_owned(),
            Self::Pinned { .. } => {
                "Give --yes to pin the new one in its place, or keep both apart with --state.".to_owned()
            }
            Self::FirstUse { .. } => {
                "Give --root FILE or --fingerprint SHA256, as whoever runs the server told you by another way."
                    .to_owned()
            }
            Self::Fingerprint { .. } => {
                "Compare it with what whoever runs the server says. If it is right, this is not that server."
                    .to_owned()
            }
            Self::Root { .. } => {
                "Get the root from whoever runs the server, by a way that you trust.".to_owned()
            }
            Self::Development { .. } => {
                "Use a server with production keys, or give --allow-development to `hotfix init` on a \
                 machine that is for tests."
                    .to_owned()
            }
            Self::Net(error) => error.remedy(),
            Self::NothingLocal { product } => {
                format!("Run `hotfix check` once with a network, for a host of {product}.")
            }
            Self::InventoryFile { remedy, .. } => (*remedy).to_owned(),
            Self::Inventory(problems) => words::inventory_remedy(problems),
            Self::ProductUnknown { known } | Self::NoSuchProduct { known, .. } => words::product_remedy(known),
            Self::OtherProduct { .. } => {
                "Leave out --product, or give the inventory of that product.".to_owned()
            }
            Self::NoSuchDocument { near: Some(near), .. } | Self::NoSuchHotfix { near: Some(near), .. } => {
                format!("Did you mean {near}?")
            }
            Self::NoSuchDocument { near: None, .. } | Self::NoSuchHotfix { near: None, .. } => {
                "`hotfix check` lists what there is for this host.".to_owned()
            }
            Self::NoSuchRelease { near: Some(near), .. } => format!("Did you mean {near}?"),
            Self::NoSuchRelease { near: None, known, .. } => format!("Its releases are {}.", known.join(", ")),
            Self::Witness { remedy, .. } => remedy.clone(),
            Self::Pool { .. } => {
                "Give one --inventory ID=FILE for each member of one pool, the coordinator first or named \
                 with --coordinator."
                    .to_owned()
            }
            Self::Withdrawn { replaced_by: Some(other), .. } => format!("Download {other} in its place."),
            Self::Withdrawn { replaced_by: None, .. } => {
                "Nothing replaces it. If it is installed, `hotfix check` says what to do.".to_owned()
            }
            Self::FilesUnknown { .. }
            | Self::Occupied { .. }
            | Self::Busy { .. }
            | Self::File { .. }
            | Self::NotDownloaded { .. } => self.download_remedy().to_owned(),
            Self::Refused(trouble) => trouble.remedy.clone(),
            Self::Output { .. } => "Look for room where the output goes.".to_owned(),
            Self::Collect { .. } => {
                "Write the inventory by hand and give it with --inventory FILE.".to_owned()
            }
        }
    }
}
