//! The folders: what is in them, who may read and write them, and how much room there is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Doctor, Level};
use crate::ops::disk::{LEAST_BYTES, LITTLE_BYTES, free_bytes, writable};
use crate::store::StoreSettings;

impl Doctor {
    pub(super) fn folder(&mut self, settings: &StoreSettings, keys: &Path) {
        let data = &settings.data;
        let remedy = "Name the data folder with --data; its owner has to be who runs the service.";
        match fs::metadata(data) {
            Err(error) => return self.fail("data folder", format!("{}: {error}", data.display()), remedy),
            Ok(meta) if !meta.is_dir() => {
                return self.fail("data folder", format!("{} is no folder", data.display()), remedy);
            }
            Ok(_) => self.ok("data folder", data.display().to_string()),
        }
        self.space(free_bytes(data));
        self.writing(settings, keys);
        self.leftovers(data);
    }

    /// How much room is left for the data folder.
    fn space(&mut self, free: Option<u64>) {
        let remedy = "Make room where the data folder is: a service that cannot write serves what it has, and \
                      nothing new.";
        let Some(free) = free else {
            return self.note(Level::Warn, "space", "the system does not say how much is left", remedy);
        };
        let text = format!("{} MiB are left for the data folder", free >> 20);
        match free {
            ..LEAST_BYTES => self.fail("space", text, remedy),
            LEAST_BYTES..LITTLE_BYTES => self.note(Level::Warn, "space", text, remedy),
            _ => self.ok("space", text),
        }
    }

    /// Whether this user may write whatever the service writes.
    fn writing(&mut self, settings: &StoreSettings, keys: &Path) {
        let blobs = settings.data.join("blobs");
        let places = [Some(settings.data.as_path()), Some(&blobs), settings.database.file(), Some(keys)];
        let refused: Vec<String> = places
            .into_iter()
            .flatten()
            .filter(|path| path.exists())
            .filter_map(|path| writable(path).err())
            .collect();
        if refused.is_empty() {
            return self.ok("writing", "this user may write the data folder and that of the keys");
        }
        let remedy = "Ask as the user who runs the service; if that is who asks, give it these (chown), and let the \
                      disk be mounted to be written.";
        self.fail("writing", refused.join("; "), remedy);
    }

    fn leftovers(&mut self, data: &Path) {
        let incoming = data.join("blobs").join("tmp");
        let left = fs::read_dir(incoming).map_or(0, |files| files.flatten().count());
        let partial = data.join("restore");
        if partial.exists() {
            let text = format!("{} is left of a restore that ended halfway", partial.display());
            self.note(Level::Warn, "leftovers", text, "Run `hotfixd restore` again, or remove it.");
        } else {
            self.ok("leftovers", format!("{left} files that are coming in, or were when a process ended"));
        }
    }

    pub(super) fn key_files(&mut self, keys: &Path) {
        let files = fs::read_dir(keys).into_iter().flatten().flatten();
        let private = files.filter(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.ends_with(".pem") && !name.ends_with(".pub.pem")
        });
        let open: Vec<String> = private
            .filter(|file| file.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0))
            .map(|file| file.path().display().to_string())
            .collect();
        if open.is_empty() {
            self.ok("key files", "are readable by their owner alone");
        } else {
            self.fail("key files", format!("others may read {}", open.join(", ")), "chmod 600 them.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_told_of_and_next_to_none_fails() {
        for (free, level) in [
            (Some(0), Level::Fail),
            (Some(LEAST_BYTES - 1), Level::Fail),
            (Some(LEAST_BYTES), Level::Warn),
            (Some(LITTLE_BYTES - 1), Level::Warn),
            (Some(LITTLE_BYTES), Level::Ok),
            (None, Level::Warn),
        ] {
            let mut doctor = Doctor { checks: Vec::new() };
            doctor.space(free);
            assert_eq!(doctor.checks[0].level, level, "{free:?}");
        }
    }
}
