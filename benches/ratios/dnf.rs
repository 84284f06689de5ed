//! dnf: what other fleets ask with. A repository with an update for each hotfix, and a host that has an earlier
//! package for each of its own release.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hotfixd::trust::Digest;
use serde_json::Value;

use crate::bench::{Bench, write};
use crate::failure::{At, Failure, Result};
use crate::process::{Cost, measure, tool};

/// A host and the repository that it asks, both in a folder.
#[derive(Debug)]
pub(crate) struct Dnf {
    command: Vec<OsString>,
    core: usize,
    /// How many updates it lists.
    pub(crate) listed: usize,
}

impl Dnf {
    /// Of hotfix documents, for a host of a release; its cache is warm.
    pub(crate) fn new(
        bench: &Bench,
        name: &str,
        hotfixes: impl Iterator<Item = Value>,
        release: &str,
    ) -> Result<Self> {
        let program = tool("dnf", "dnf")?;
        let folder = bench.fresh(name)?;
        let updates = Updates::of(hotfixes, release);
        updates.write(&folder.join("repository/repodata"))?;
        install(&folder, &updates.installed)?;
        let repository =
            format!("[bench]\nname=bench\nbaseurl=file://{}/repository\ngpgcheck=0\n", folder.display());
        write(&folder.join("repos/bench.repo"), repository)?;
        let mut command = vec![program.into_os_string(), "-q".into(), "--releasever=1".into()];
        command.push(option("--installroot=", &folder.join("root")));
        for (key, place) in
            [("reposdir", "repos"), ("cachedir", "cache"), ("logdir", "log"), ("persistdir", "persist")]
        {
            std::fs::create_dir_all(folder.join(place))?;
            command.push(option(&format!("--setopt={key}="), &folder.join(place)));
        }
        let mut dnf = Self { command, core: bench.cores.load, listed: 0 };
        dnf.run(&["makecache"])?;
        let (_, printed) = dnf.run(&["-C", "updateinfo", "list"])?;
        dnf.listed = printed.lines().count();
        if dnf.listed < updates.installed.len() {
            let (listed, installed) = (dnf.listed, updates.installed.len());
            return Err(Failure::new(format!("dnf lists {listed} updates of {installed} packages")));
        }
        Ok(dnf)
    }

    /// What `updateinfo list` costs, from exec to exit.
    pub(crate) fn list(&self) -> Result<Cost> {
        Ok(self.run(&["-C", "updateinfo", "list"])?.0)
    }

    fn run(&self, words: &[&str]) -> Result<(Cost, String)> {
        let own = self.command.iter().map(OsString::as_os_str);
        let command: Vec<&OsStr> = own.chain(words.iter().map(OsStr::new)).collect();
        measure(self.core, &command, &[])
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// A repository's metadata.
#[derive(Debug, Default)]
struct Updates {
    packages: String,
    updates: String,
    count: usize,
    /// Packages of the release.
    installed: Vec<String>,
}

impl Updates {
    /// One update for each hotfix, with one package for each release that it installs on.
    fn of(hotfixes: impl Iterator<Item = Value>, release: &str) -> Self {
        let mut made = Self::default();
        for hotfix in hotfixes {
            made.add(&hotfix, release);
        }
        made
    }

    fn add(&mut self, hotfix: &Value, release: &str) {
        let text = |name: &str| escaped(hotfix.get(name).and_then(Value::as_str).unwrap_or_default());
        let list = |name: &str| {
            hotfix.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        };
        let id = text("id");
        let mut packages = String::new();
        for on in list("releases") {
            let name = format!("{id}-for-{on}");
            let version = r#"epoch="0" ver="2" rel="1""#;
            let _ = writeln!(
                self.packages,
                r#"<package type="rpm"><name>{name}</name><arch>noarch</arch><version {version}/><checksum type="sha256" pkgid="YES">{}</checksum><summary>{}</summary><description/><packager/><url/><time file="1" build="1"/><size package="1" installed="1" archive="1"/><location href="{name}-2-1.noarch.rpm"/><format><rpm:license/><rpm:vendor/><rpm:group/><rpm:buildhost/><rpm:sourcerpm>{name}-2-1.src.rpm</rpm:sourcerpm><rpm:header-range start="0" end="1"/><rpm:provides><rpm:entry name="{name}" flags="EQ" {version}/></rpm:provides></format></package>"#,
                Digest::of(name.as_bytes()),
                text("title"),
            );
            let _ = write!(
                packages,
                r#"<package name="{name}" version="2" release="1" epoch="0" arch="noarch"><filename>{name}-2-1.noarch.rpm</filename></package>"#
            );
            self.count += 1;
            if on == release {
                self.installed.push(name);
            }
        }
        let references: String = list("fixes")
            .map(|id| {
                format!(r#"<reference href="https://example.com/{id}" id="{id}" type="self" title="{id}"/>"#)
            })
            .collect();
        let _ = writeln!(
            self.updates,
            r#"<update from="bench" status="final" type="security" version="1"><id>{id}</id><title>{}</title><issued date="2015-02-09 00:00:00"/><severity>Important</severity><description>{}</description><references>{references}</references><pkglist><collection short="bench"><name>bench</name>{packages}</collection></pkglist></update>"#,
            text("title"),
            text("description"),
        );
    }

    /// Writes what a repository serves.
    fn write(&self, folder: &Path) -> Result<()> {
        let head = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
        let primary = format!(
            "{head}\n<metadata xmlns=\"http://linux.duke.edu/metadata/common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"{}\">\n{}</metadata>\n",
            self.count, self.packages
        );
        let updates = format!("{head}\n<updates>\n{}</updates>\n", self.updates);
        let mut list = String::new();
        for (kind, text) in [("primary", primary), ("updateinfo", updates)] {
            let digest = Digest::of(text.as_bytes());
            let _ = writeln!(
                list,
                r#"<data type="{kind}"><checksum type="sha256">{digest}</checksum><location href="repodata/{kind}.xml"/><timestamp>1</timestamp><size>{}</size></data>"#,
                text.len()
            );
            write(&folder.join(format!("{kind}.xml")), text)?;
        }
        let list = format!(
            "{head}\n<repomd xmlns=\"http://linux.duke.edu/metadata/repo\"><revision>1</revision>\n{list}</repomd>\n"
        );
        write(&folder.join("repomd.xml"), list)
    }
}

/// Puts version 1 of packages into the database of a host, built for the purpose and empty.
fn install(folder: &Path, packages: &[String]) -> Result<()> {
    let (build, rpm) = (tool("rpmbuild", "rpm")?, tool("rpm", "rpm")?);
    let mut spec = String::from(
        "Name: bench\nVersion: 1\nRelease: 1\nSummary: a host\nLicense: none\nBuildArch: noarch\n%description\na host\n",
    );
    for name in packages {
        let _ = writeln!(
            spec,
            "%package -n {name}\nSummary: none\n%description -n {name}\nnone\n%files -n {name}"
        );
    }
    write(&folder.join("bench.spec"), spec)?;
    let top = folder.join("build");
    run(Command::new(build)
        .args(["--quiet", "-bb", "--define"])
        .arg(format!("_topdir {}", top.display()))
        .arg(folder.join("bench.spec")))?;
    let built: std::io::Result<Vec<PathBuf>> =
        std::fs::read_dir(top.join("RPMS/noarch"))?.map(|entry| Ok(entry?.path())).collect();
    let root = folder.join("root");
    std::fs::create_dir_all(&root)?;
    run(Command::new(rpm)
        .arg("--root")
        .arg(root)
        .args(["--justdb", "--nodeps", "--nosignature", "--install"])
        .args(built?))
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let output = command.stdin(Stdio::null()).output().at(program.display())?;
    if output.status.success() {
        return Ok(());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{}: {}", program.display(), error.lines().last().unwrap_or_default())))
}

/// Text as XML has it.
fn escaped(text: &str) -> String {
    let escapes = BTreeMap::from([('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;")]);
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match escapes.get(&character) {
            Some(escape) => out.push_str(escape),
            None => out.push(character),
        }
        out
    })
}
