//! What of a kept product an answer about one host can depend on, read alone. Which documents these are the outline
//! says (see [`super::outline`]); each of them is verified by the signed roles, as ever. `docs/adr/0050` says why the
//! answer is that of the whole catalogue.

use std::collections::BTreeSet;

use super::outline::{Line, Numbers, establishes, is_advisory, line, lines, named};
use super::state::Documents;
use crate::model::{Catalogue, Id, Inventory, Mode, Product};
use crate::repository::{HOLDS_ROLE, Reader, holds_of};
use crate::trust::{DelegatedRole, TargetFile, TargetPath, Targets, TrustedSet};

/// A document that is kept: what was signed of it, and where it stands.
struct Entry<'k> {
    path: &'k TargetPath,
    file: &'k TargetFile,
    at: u64,
}

/// The roles that say what the documents of a product are.
#[derive(Clone, Copy)]
pub(super) struct Roles<'k> {
    product: &'k Id,
    delegated: &'k DelegatedRole,
    role: &'k Targets,
    holds: Option<&'k Targets>,
}

impl<'k> Roles<'k> {
    /// Those of a verified set.
    pub(super) fn of(product: &'k Id, set: &'k TrustedSet) -> Option<Self> {
        let targets = &set.role("targets")?.metadata;
        Some(Self {
            product,
            delegated: targets.delegations.as_ref()?.role(product.as_str())?,
            role: &set.role(product.as_str())?.metadata,
            holds: set.role(HOLDS_ROLE).map(|holds| &holds.metadata),
        })
    }
}

/// What is kept of a product, by the lines of its outline.
pub(super) struct Part<'k> {
    roles: Roles<'k>,
    /// The line and the document of each target of the product's role.
    lines: Vec<(&'k str, Entry<'k>)>,
    holds: Vec<Entry<'k>>,
}

impl<'k> Part<'k> {
    /// What is kept, so many bytes of documents in all; `None` where the outline is not of it.
    pub(super) fn of(roles: Roles<'k>, outline: &'k str, length: u64) -> Option<Self> {
        let Roles { product, role, holds, .. } = roles;
        let mut held = holds.into_iter().flat_map(|holds| holds_of(product, holds)).peekable();
        let mut part = Self { roles, lines: Vec::with_capacity(role.targets.len()), holds: Vec::new() };
        let mut at = 0_u64;
        let mut place = |path: &'k TargetPath, file: &'k TargetFile, is_document: bool| {
            let entry = Entry { path, file, at };
            at = at.saturating_add(if is_document { file.length } else { 0 });
            entry
        };
        let mut lines = lines(outline)?;
        for (path, file) in &role.targets {
            while let Some((path, file)) = held.next_if(|(held, _)| *held < path) {
                part.holds.push(place(path, file, true));
            }
            let line = lines.next()?;
            part.lines.push((line, place(path, file, line != "-")));
        }
        part.holds.extend(held.map(|(path, file)| place(path, file, true)));
        (lines.next().is_none() && at == length).then_some(part)
    }

    /// The catalogue as far as it can concern a host. With `every_advisory`, all advisories are read.
    pub(super) fn read(
        &self,
        documents: &mut Documents,
        inventory: &Inventory,
        every_advisory: bool,
    ) -> Option<Catalogue> {
        let Roles { product, delegated, role, holds } = self.roles;
        let mut reader = Reader::part(Mode::Lenient);
        let mut take = |reader: &mut Reader, entry: &Entry<'_>| {
            reader.take(entry.path, entry.file, documents.read(entry.at, entry.file.length)?).ok()
        };
        let own = self.lines.iter().find_map(|(line, entry)| (*line == "p").then_some(entry))?;
        delegated.speaks_for(own.path).then_some(())?;
        take(&mut reader, own)?;
        let chosen = self.choose(reader.product()?, inventory, every_advisory)?;
        for ((text, entry), chosen) in self.lines.iter().zip(chosen) {
            if chosen {
                delegated.speaks_for(entry.path).then_some(())?;
                take(&mut reader, entry)?;
            } else if is_advisory(text)
                && let Line::Advisory { named: says, .. } = line(text)?
            {
                reader.name(named(product, id_of(entry.path)?, says)?);
            }
        }
        self.holds.iter().try_for_each(|entry| take(&mut reader, entry))?;
        reader.finish(product, (product.as_str(), role), holds).ok()
    }

    /// By line, whether its document is read beside the product's own: what installs on or speaks of a release that
    /// the host is, may be or may become; what is installed; and all that any of it rolls up.
    fn choose(&self, product: &Product, inventory: &Inventory, every_advisory: bool) -> Option<Vec<bool>> {
        let here = self.releases(product, inventory.version.as_deref())?;
        let is_here = |releases: Numbers<'_>| releases.iter().any(|release| here.contains(&release));
        let pending = inventory.pending.iter().map(|pending| &pending.hotfix);
        let installed: BTreeSet<&str> =
            inventory.hotfixes.iter().flatten().chain(pending).map(String::as_str).collect();
        let uuids: BTreeSet<String> = installed.iter().map(|name| name.to_ascii_lowercase()).collect();
        let mut chosen = vec![false; self.lines.len()];
        let mut open = Vec::new();
        for (number, (text, entry)) in self.lines.iter().enumerate() {
            let chooses = match line(text)? {
                Line::Hotfix { releases, uuid, .. } => {
                    let is_named = || Some(uuids.contains(uuid) || installed.contains(id_of(entry.path)?));
                    is_here(releases) || (!installed.is_empty() && is_named()?)
                }
                Line::Advisory { releases, .. } => every_advisory || is_here(releases),
                Line::Always => true,
                Line::Product | Line::Other => false,
            };
            if chooses {
                open.push(number);
            }
        }
        while let Some(number) = open.pop() {
            if !std::mem::replace(chosen.get_mut(number)?, true)
                && let Line::Hotfix { rolls_up, .. } = line(self.lines.get(number)?.0)?
            {
                open.extend(rolls_up.iter());
            }
        }
        Some(chosen)
    }

    /// The releases that the host may be, by the version that it reports, and all to which steps may lead.
    fn releases(&self, product: &Product, version: Option<&str>) -> Option<BTreeSet<usize>> {
        let reporting = |version: Option<&str>| {
            let releases = product.releases.iter().enumerate();
            let reports =
                releases.filter(move |(_, release)| version.is_none_or(|one| release.version == one));
            reports.map(|(number, _)| number).collect::<Vec<_>>()
        };
        let mut establishing = Vec::new();
        for (text, _) in self.lines.iter().filter(|(text, _)| establishes(text)) {
            if let Line::Hotfix { releases, establishes, .. } = line(text)?
                && let Some(leads_to) = establishes.iter().next()
            {
                establishing.push((releases, leads_to));
            }
        }
        let mut found = BTreeSet::from_iter(reporting(version));
        loop {
            let before = found.len();
            for (releases, leads_to) in &establishing {
                if !found.contains(leads_to) && releases.iter().any(|release| found.contains(&release)) {
                    found.extend(reporting(Some(&product.releases.get(*leads_to)?.version)));
                }
            }
            if found.len() == before {
                return Some(found);
            }
        }
    }
}

/// The id of the document at a path.
fn id_of(path: &TargetPath) -> Option<&str> {
    path.as_str().rsplit('/').next()?.strip_suffix(".json")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::assess::tests::wide::Case;
    use crate::assess::{Goal, Question, assess};
    use crate::host::outline::outline;
    use crate::model::{Document, Source};
    use crate::repository::{Place, listed};
    use crate::trust::{Delegations, PrivateKey};

    /// A catalogue as it is kept, with roles that nobody signed.
    struct Fixture {
        product: Id,
        targets: Targets,
        role: Targets,
        holds: Targets,
        catalogue: Catalogue,
        documents: Documents,
    }

    impl Fixture {
        fn of(case: &Case) -> Self {
            let catalogue = case.catalogue();
            let product = catalogue.product().id.clone();
            let role = || Targets::new(1, "2030-01-01T00:00:00Z".parse().unwrap());
            let (mut targets, mut own, mut holds) = (role(), role(), role());
            let delegations = targets.delegations.get_or_insert(Delegations::default());
            let patterns = crate::repository::delegated_paths(&product);
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            let key = PrivateKey::generate().unwrap().public();
            delegations.set_role(product.as_str(), &[key], 1, true, &patterns);
            let bytes_of: std::collections::BTreeMap<TargetPath, Vec<u8>> = case
                .sources()
                .iter()
                .map(|source| (path(source, &catalogue), source.published_bytes()))
                .collect();
            for (path, bytes) in &bytes_of {
                let role = if path.as_str().starts_with(HOLDS_ROLE) { &mut holds } else { &mut own };
                role.targets.insert(path.clone(), TargetFile::of(bytes, None));
            }
            let payload = TargetPath::try_from(format!("{product}/any/payload/H01/H01.iso")).unwrap();
            own.targets.insert(payload, TargetFile::of(b"no document", None));
            let mut file = tempfile::tempfile().unwrap();
            let mut length = 0;
            for (path, target) in listed(&product, &own, Some(&holds)) {
                file.write_all(&bytes_of[path]).unwrap();
                length += target.length;
            }
            let documents = Documents::of(file, 0, length);
            Self { product, targets, role: own, holds, catalogue, documents }
        }

        fn read(&mut self, outline: &str, inventory: &Inventory, question: &Question) -> Option<Catalogue> {
            let delegated = self.targets.delegations.as_ref()?.role(self.product.as_str())?;
            let (product, role) = (&self.product, &self.role);
            let roles = Roles { product, delegated, role, holds: Some(&self.holds) };
            let part = Part::of(roles, outline, self.documents.length())?;
            part.read(&mut self.documents, inventory, question.narrowed())
        }
    }

    fn path(source: &Source, catalogue: &Catalogue) -> TargetPath {
        let document = Document::decode(source, Mode::Lenient).unwrap();
        TargetPath::try_from(Place::of(&document, catalogue).unwrap().to_string()).unwrap()
    }

    fn text(catalogue: &Catalogue, inventory: &Inventory, question: &Question) -> String {
        let answer = assess(catalogue, inventory, question);
        let answer = serde_json::to_value(answer).unwrap();
        serde_json::to_string_pretty(&answer).unwrap()
    }

    #[test]
    fn a_part_answers_as_the_whole_does() {
        let cases = if std::env::var_os("HOTFIXD_SOAK").is_some() { 20_000 } else { 200 };
        let (mut fewer, mut named) = (0, 0);
        for seed in 0..cases {
            let case = Case::of(seed, 2 + usize::try_from(seed % 59).unwrap(), seed % 2 == 0);
            let mut kept = Fixture::of(&case);
            let outline = outline(&kept.role, &kept.catalogue);
            let (inventory, question) =
                (case.host(), Question { goal: Goal::Needed, ..case.question.clone() });
            let part = kept.read(&outline, &inventory, &question).unwrap();
            let whole = Catalogue::clone(&kept.catalogue).of_roles(part.roles().to_vec());
            let expected = text(&whole, &inventory, &question);
            assert_eq!(text(&part, &inventory, &question), expected, "case {seed}");
            fewer += usize::from(part.hotfixes().len() < whole.hotfixes().len());
            let is_named = |id: &&Id| part.advisories()[*id].matrix != whole.advisories()[*id].matrix;
            named += whole.advisories().keys().filter(is_named).count();
        }
        assert!(fewer > 20 && named > 20, "{fewer} parts, {named} advisories that were not read");
    }

    #[test]
    fn an_outline_of_anything_else_is_not_believed() {
        let case = Case::of(7, 12, true);
        let mut kept = Fixture::of(&case);
        let (inventory, question) = (case.host(), case.question.clone());
        let good = outline(&kept.role, &kept.catalogue);
        assert!(kept.read(&good, &inventory, &question).is_some());
        for bad in [
            String::new(),
            good.replacen("hotfix ", "hotfix 0", 1),
            format!("{good}p\n"),
            good.rsplit_once("h ").unwrap().0.to_owned(),
            good.replacen("\n-\n", "\np\n", 1),
            good.replacen("\nh ", "\nx ", 1),
        ] {
            assert_ne!(bad, good);
            assert!(kept.read(&bad, &inventory, &question).is_none(), "{bad}");
        }
    }
}
