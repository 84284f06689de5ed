//! The facts as they were gathered: two files of JSON. `null` is *not known*, never *none*.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Error;

/// One row of `hotfixes.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// The UUID by which hosts may name it.
    pub uuid: Option<String>,
    /// The label of the vendor's update feed.
    pub name_description: Option<String>,
    /// The vendor's article.
    pub ctx_article: Option<String>,
    /// Where the vendor offers the file.
    pub download_url: Option<String>,
    /// The length of that file.
    pub download_size_bytes: Option<i64>,
    /// A size of which the facts do not say what it measures.
    pub installed_or_patch_size_bytes: Option<i64>,
    /// The version of the product.
    pub product_version: String,
    /// The codename of that version.
    pub product_codename: String,
    /// The release within the version. For a pack it is what the pack makes, not what it installs on.
    pub branch: String,
    /// A date, some of them approximate.
    pub release_date: Option<String>,
    /// Where the date is from.
    pub release_date_basis: Option<String>,
    /// The first day on which somebody else is known to have seen it.
    pub first_seen_public: Option<String>,
    /// A word of the old update feed, or `none`.
    pub after_apply_guidance: Option<String>,
    /// What it changes.
    pub component: Option<String>,
    /// Its codename.
    pub hotfix_codename: Option<String>,
    /// The build that it was made in.
    pub internal_build: Option<String>,
    /// Who could have it, where that is not everybody.
    pub availability: Option<String>,
    /// Prerequisites that were stated.
    pub requires: Option<Vec<String>>,
    /// What it rolls up, direct and transitive mixed.
    pub supersedes: Option<Vec<String>>,
    /// What rolls it up, direct and transitive mixed.
    pub superseded_by: Option<Vec<String>>,
    /// The bulletins that name it.
    pub advisories: Option<Vec<String>>,
    /// The CVEs that it is for.
    pub cves: Option<Vec<String>>,
    /// Anything else.
    pub notes: Option<Vec<String>>,
    /// Where the row is from.
    pub sources: Vec<String>,
    /// Prerequisites that were concluded from the branch.
    pub requires_inferred: Option<Vec<String>>,
    /// Whether it is for a vulnerability.
    pub is_security: Option<bool>,
    /// The address of the article.
    pub article_url: Option<String>,
}

/// One row of `advisories.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulletin {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// Its CVEs.
    pub cves: Vec<String>,
    /// What is said of single CVEs.
    pub cve_detail: BTreeMap<String, Rating>,
    /// By the version that a host reports: the hotfixes that are named.
    pub fixes: BTreeMap<String, Vec<String>>,
    /// The base score of CVSS version 2, as it is written.
    cvss_base_v2: Option<Box<RawValue>>,
    /// When it came out.
    pub published: Option<String>,
    /// Where that date is from.
    pub published_basis: Option<String>,
    /// Where the row is from.
    pub sources: Vec<String>,
}

/// What is said of one CVE.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// `High`, `Medium` or `Low`.
    pub severity: Option<String>,
}

impl Bulletin {
    /// The score in tenths, read from its digits: documents have no fractions.
    #[must_use]
    pub fn score_tenths(&self) -> Option<i64> {
        let text = self.cvss_base_v2.as_ref()?.get();
        let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = digits(whole) && digits(tenth) && (1..=2).contains(&whole.len()) && tenth.len() == 1;
        fits.then(|| format!("{whole}{tenth}").parse().ok()).flatten()
    }
}

/// All facts, each row under its id.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The hotfixes, packs among them.
    pub hotfixes: BTreeMap<String, Row>,
    /// The bulletins.
    pub bulletins: BTreeMap<String, Bulletin>,
}

impl Facts {
    /// Reads the two files.
    ///
    /// # Errors
    /// JSON that is none, a field that is not known here (or it would be lost in silence), an id given twice,
    /// a score that is no number with one digit after the point, a name of a row that is not there.
    pub fn read(hotfixes: &[u8], advisories: &[u8]) -> Result<Self, Error> {
        let parse = |file| move |error| Error::Json { file, error };
        let rows: Vec<Row> = serde_json::from_slice(hotfixes).map_err(parse("hotfixes.json"))?;
        let bulletins: Vec<Bulletin> =
            serde_json::from_slice(advisories).map_err(parse("advisories.json"))?;
        let facts = Self {
            hotfixes: by_id(rows, |row| &row.id)?,
            bulletins: by_id(bulletins, |bulletin| &bulletin.id)?,
        };
        for row in facts.hotfixes.values() {
            let named = row.supersedes.iter().chain(&row.superseded_by).flatten();
            facts.refuse_absent(&row.id, named)?;
        }
        for bulletin in facts.bulletins.values() {
            facts.refuse_absent(&bulletin.id, bulletin.fixes.values().flatten())?;
            if bulletin.cvss_base_v2.is_some() && bulletin.score_tenths().is_none_or(|score| score > 100) {
                return Err(Error::Score { id: bulletin.id.clone() });
            }
        }
        Ok(facts)
    }

    fn refuse_absent<'a>(&self, row: &str, named: impl Iterator<Item = &'a String>) -> Result<(), Error> {
        match named.into_iter().find(|id| !self.hotfixes.contains_key(*id)) {
            Some(id) => Err(Error::NoRow { id: id.clone(), named_by: row.to_owned() }),
            None => Ok(()),
        }
    }
}

fn by_id<T>(rows: Vec<T>, id: impl Fn(&T) -> &String) -> Result<BTreeMap<String, T>, Error> {
    let mut out = BTreeMap::new();
    for row in rows {
        if let Some(twice) = out.insert(id(&row).clone(), row) {
            return Err(Error::Twice { id: id(&twice).clone() });
        }
    }
    Ok(out)
}
