//! The page of a product: its releases over time, and what its hosts can be asked about.

use super::advisory::Named;
use super::context::PageContext;
use super::frame::Frame;
use super::home::list;
use super::standing::OnRelease;
use super::timeline::{Timeline, timeline};
use super::words::{Badge, When, channel, date, day};
use super::{PageError, Renderer, proof};
use crate::model::product::{Detect, Fact, Feature, Lifecycle, Release};
use crate::model::words::{Channel, FactType, Incidents};
use crate::model::{Catalogue, Id, Product};

#[derive(Debug, serde::Serialize)]
struct View {
    id: String,
    name: String,
    vendor: String,
    revision: i64,
    published: Option<When>,
    advisories: usize,
    hotfixes: usize,
    advisories_href: String,
    hotfixes_href: String,
    timeline: Option<Timeline>,
    releases: Vec<ReleaseRow>,
    detect: Vec<Sign>,
    features: Vec<FeatureView>,
    proof: proof::Proof,
}

/// A release as a row of a table.
#[derive(Debug, serde::Serialize)]
pub(super) struct ReleaseRow {
    pub(super) name: String,
    pub(super) codename: Option<String>,
    pub(super) href: String,
    channel: Option<String>,
    reports: String,
    marker: Option<String>,
    pub(super) lifecycle: LifecycleView,
    pub(super) open: usize,
    pub(super) unfixed: usize,
    pub(super) hotfixes: usize,
    chosen: bool,
}

/// The dates of a release, and what they say today.
#[derive(Debug, serde::Serialize)]
pub(super) struct LifecycleView {
    /// No date is known.
    undated: bool,
    available: Option<When>,
    maintenance_ends: Option<When>,
    life_ends: Option<When>,
    pub(super) phase: Badge,
    incidents: Option<&'static str>,
}

#[derive(Debug, serde::Serialize)]
struct Sign {
    what: &'static str,
    value: String,
}

#[derive(Debug, serde::Serialize)]
struct FeatureView {
    id: String,
    name: String,
    label: Option<String>,
    place: Option<String>,
    facts: Vec<FactView>,
}

#[derive(Debug, serde::Serialize)]
struct FactView {
    id: String,
    title: Option<String>,
    kind: String,
    unit: Option<String>,
}

/// The page of a product.
///
/// # Errors
/// A template that does not fit its view.
pub fn product(
    renderer: &Renderer,
    context: &PageContext,
    catalogue: &Catalogue,
) -> Result<String, PageError> {
    let product = catalogue.product();
    let id = product.id.as_str();
    let json = context.path(format_args!("/api/v1/products/{id}"));
    let view = View {
        id: id.to_owned(),
        name: product.name.clone(),
        vendor: product.vendor.clone(),
        revision: product.revision,
        published: product.published.map(date),
        advisories: catalogue.advisories().len(),
        hotfixes: catalogue.hotfixes().len(),
        advisories_href: list(context, "advisories", id),
        hotfixes_href: list(context, "hotfixes", id),
        timeline: timeline(context, product),
        releases: rows(context, catalogue),
        detect: product.detect.iter().map(sign).collect(),
        features: product.features.iter().map(feature).collect(),
        proof: proof::proof(context, json.clone(), product.revision, product.published),
    };
    let frame = Frame::new(context, product.name.clone(), "products").with_json(json);
    renderer.page("product.html", &frame, &view)
}

/// The releases of a product, the newest first.
pub(super) fn rows(context: &PageContext, catalogue: &Catalogue) -> Vec<ReleaseRow> {
    catalogue.product().releases.iter().rev().map(|release| row(context, catalogue, release)).collect()
}

fn row(context: &PageContext, catalogue: &Catalogue, release: &Release) -> ReleaseRow {
    let product = catalogue.product();
    let advisories = catalogue.advisories().values().filter(|advisory| advisory.withdrawn.is_none());
    let standing: Vec<OnRelease> =
        advisories.map(|advisory| OnRelease::of(catalogue, advisory, &release.id)).collect();
    let offered = catalogue.hotfixes().values().filter(|hotfix| hotfix.releases.contains(&release.id));
    ReleaseRow {
        name: release.name.clone(),
        codename: release.codename.clone(),
        href: context.release_href(product.id.as_str(), release.id.as_str()),
        channel: (release.channel != Channel::Release).then(|| channel(&release.channel)),
        reports: reports(release),
        marker: release.marker.as_ref().map(Id::to_string),
        lifecycle: lifecycle(release, context),
        open: standing.iter().filter(|one| one.touches()).count(),
        unfixed: standing.iter().filter(|one| one.touches() && **one != OnRelease::Fixable).count(),
        hotfixes: offered.count(),
        chosen: context.runs(product).is_some_and(|chosen| chosen.id == release.id),
    }
}

/// What a host of a release reports.
pub(super) fn reports(release: &Release) -> String {
    match &release.build {
        Some(build) => format!("{}, build {build}", release.version),
        None => release.version.clone(),
    }
}

/// The dates of a release, and what they say today.
pub(super) fn lifecycle(release: &Release, context: &PageContext) -> LifecycleView {
    let (dates, today) = (&release.lifecycle, day(context.now));
    let passed = |date: Option<jiff::civil::Date>| date.is_some_and(|date| date <= today);
    let phase = if passed(dates.life_ends) {
        Badge::new("Life ended", "×", "wait")
    } else if passed(dates.maintenance_ends) {
        Badge::new("Maintenance ended", "↓", "wait")
    } else if dates.available.is_some_and(|date| date > today) {
        Badge::new("Not out yet", "…", "calm")
    } else if dates.maintenance_ends.is_some() {
        Badge::new("Maintained", "•", "calm")
    } else {
        Badge::new("Lifecycle not known", "?", "unknown")
    };
    LifecycleView {
        undated: *dates == Lifecycle::default(),
        available: dates.available.map(date),
        maintenance_ends: dates.maintenance_ends.map(date),
        life_ends: dates.life_ends.map(date),
        phase,
        incidents: release.incidents.as_ref().map(|incidents| match incidents {
            Incidents::Open => "taken",
            Incidents::Retired => "no longer taken",
            Incidents::Other(_) => "stated in a word that is not known here",
        }),
    }
}

fn sign(detect: &Detect) -> Sign {
    match detect {
        Detect::OsRelease(id) => Sign { what: "/etc/os-release says ID=", value: id.clone() },
        Detect::File(path) => Sign { what: "this file exists: ", value: path.clone() },
    }
}

fn feature(feature: &Feature) -> FeatureView {
    FeatureView {
        id: feature.id.to_string(),
        name: feature.name.clone(),
        label: feature.label.clone(),
        place: feature.place.clone(),
        facts: feature.facts.iter().map(fact).collect(),
    }
}

fn fact(fact: &Fact) -> FactView {
    let kind = match &fact.kind {
        FactType::Integer => "a whole number",
        FactType::Boolean => "yes or no",
        FactType::Text => "a text",
        FactType::Texts => "a list of texts",
        FactType::Other(word) => word,
    };
    FactView {
        id: fact.id.to_string(),
        title: fact.title.clone(),
        kind: kind.to_owned(),
        unit: fact.unit.clone(),
    }
}

/// A product by name, with its page.
pub(super) fn named(product: &Product) -> Named {
    Named { name: product.name.clone(), id: product.id.to_string() }
}
