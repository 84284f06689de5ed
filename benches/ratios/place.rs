//! Where a run finds the binaries and the processors, and puts what it makes.

use std::path::{Path, PathBuf};

use crate::failure::{At, Failure, Result};
use crate::process::Cores;

/// What every run starts from.
#[derive(Debug)]
pub(crate) struct Place {
    /// Where everything that it makes goes.
    pub(crate) folder: PathBuf,
    /// The release binaries.
    pub(crate) binaries: PathBuf,
    /// The processors.
    pub(crate) cores: Cores,
}

impl Place {
    /// `target`, or where `HOTFIXD_BENCH_TARGET` says that cargo builds.
    pub(crate) fn find() -> Result<Self> {
        let target =
            std::env::var_os("HOTFIXD_BENCH_TARGET").map_or_else(|| PathBuf::from("target"), PathBuf::from);
        let folder = std::path::absolute(target.join("bench"))?;
        std::fs::create_dir_all(&folder)?;
        let binaries = std::path::absolute(target.join("release"))?;
        Ok(Self { folder, binaries, cores: Cores::find()? })
    }

    /// A binary of ours.
    pub(crate) fn binary(&self, name: &str) -> Result<PathBuf> {
        let path = self.binaries.join(name);
        if path.is_file() {
            Ok(path)
        } else {
            Err(Failure::missing(format!("there is no {name}: run `make build`")))
        }
    }

    /// An empty folder.
    pub(crate) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).at(path.display());
            }
            _ => {}
        }
        std::fs::create_dir_all(&path).at(path.display())?;
        Ok(path)
    }
}

/// Writes a file, with the folders that it needs.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).at(folder.display())?;
    }
    std::fs::write(path, bytes).at(path.display())
}
