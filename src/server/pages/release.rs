//! The page of a release: how a host knows it, what is open on it, and its hotfixes by what they are needed for.

use super::advisory::Named;
use super::context::PageContext;
use super::frame::Frame;
use super::matrix::HotfixLink;
use super::product::{LifecycleView, lifecycle, named, reports};
use super::standing::{Above, Fit, OnRelease, helped};
use super::words::{Badge, category, channel, kind, severity};
use super::{PageError, Renderer};
use crate::model::advisory::Cell;
use crate::model::product::Release;
use crate::model::words::{Channel, HotfixKind};
use crate::model::{Advisory, Catalogue, Hotfix, Id};

#[derive(Debug, serde::Serialize)]
struct View {
    product: Named,
    product_href: String,
    id: String,
    name: String,
    codename: Option<String>,
    line: String,
    channel: Option<String>,
    reports: String,
    marker: Option<HotfixLink>,
    alike: Vec<Alike>,
    before: Option<Link>,
    after: Option<Link>,
    lifecycle: LifecycleView,
    last_update: Option<Update>,
    made_by: Option<HotfixLink>,
    open: Vec<Open>,
    settled: Vec<Settled>,
    groups: Vec<Group>,
    superseded: Vec<SupersededView>,
    included: Vec<HotfixLink>,
    withdrawn: Vec<HotfixLink>,
    offered: usize,
    run_href: Option<String>,
    check: String,
    advisories_href: String,
    hotfixes_href: String,
}

#[derive(Debug, serde::Serialize)]
struct Link {
    name: String,
    href: String,
}

/// Another release that reports the same version.
#[derive(Debug, serde::Serialize)]
struct Alike {
    name: String,
    href: String,
    marker: Option<HotfixLink>,
}

/// A pack that moves hosts of this release on.
#[derive(Debug, serde::Serialize)]
struct Update {
    link: HotfixLink,
    kind: String,
}

#[derive(Debug, serde::Serialize)]
struct Open {
    id: String,
    title: String,
    href: String,
    badge: Badge,
    severity: Badge,
    category: String,
    fixes: Vec<Vec<HotfixLink>>,
    sure: bool,
}

/// Advisories that ask for nothing here, by why.
#[derive(Debug, serde::Serialize)]
struct Settled {
    badge: Badge,
    advisories: Vec<Short>,
}

#[derive(Debug, serde::Serialize)]
struct Short {
    id: String,
    title: String,
    href: String,
}

#[derive(Debug, serde::Serialize)]
struct Group {
    title: &'static str,
    hint: &'static str,
    hotfixes: Vec<HotfixView>,
}

#[derive(Debug, serde::Serialize)]
struct HotfixView {
    link: HotfixLink,
    kind: String,
    badge: Badge,
    helps: Vec<Short>,
}

#[derive(Debug, serde::Serialize)]
struct SupersededView {
    link: HotfixLink,
    by: Vec<HotfixLink>,
}

struct Scope<'a> {
    context: &'a PageContext,
    catalogue: &'a Catalogue,
    release: &'a Release,
}

/// The page of a release.
///
/// # Errors
/// A template that does not fit its view.
pub fn release(
    renderer: &Renderer,
    context: &PageContext,
    catalogue: &Catalogue,
    release: &Release,
) -> Result<String, PageError> {
    let scope = Scope { context, catalogue, release };
    let (product, id) = (catalogue.product(), &release.id);
    let hotfixes = scope.hotfixes();
    let place = product.position(id.as_str());
    let beside = |index: Option<usize>| {
        let release = index.and_then(|index| product.releases.get(index))?;
        Some(Link { name: release.name.clone(), href: scope.href(release) })
    };
    let chosen = context.runs(product).is_some_and(|chosen| chosen.id == *id);
    let view = View {
        product: named(product),
        product_href: context.product_href(product.id.as_str()),
        id: id.to_string(),
        name: release.name.clone(),
        codename: release.codename.clone(),
        line: release.line.to_string(),
        channel: (release.channel != Channel::Release).then(|| channel(&release.channel)),
        reports: reports(release),
        marker: release.marker.as_ref().map(|id| scope.link(id)),
        alike: scope.alike(),
        before: beside(place.and_then(|place| place.checked_sub(1))),
        after: beside(place.map(|place| place + 1)),
        lifecycle: lifecycle(release, context),
        last_update: scope.last_update(),
        made_by: scope.made_by(),
        open: scope.open(),
        settled: scope.settled(),
        offered: hotfixes.iter().filter(|(hotfix, _)| hotfix.releases.contains(id)).count(),
        groups: scope.groups(&hotfixes),
        superseded: scope.superseded(&hotfixes),
        included: scope.links(&hotfixes, |fit| matches!(fit, Fit::Included(_))),
        withdrawn: scope.links(&hotfixes, |fit| *fit == Fit::Withdrawn),
        run_href: (!chosen).then(|| scope.run_href()),
        check: context.page(format_args!("/check")),
        advisories_href: scope.list("advisories"),
        hotfixes_href: scope.list("hotfixes"),
    };
    let frame = Frame::new(context, release.name.clone(), "products");
    renderer.page("release.html", &frame, &view)
}

impl<'a> Scope<'a> {
    fn link(&self, id: &Id) -> HotfixLink {
        HotfixLink::new(self.context, self.catalogue, id)
    }

    fn href(&self, release: &Release) -> String {
        self.context.release_href(self.catalogue.product().id.as_str(), release.id.as_str())
    }

    /// This page with this release as the one that the reader runs.
    fn run_href(&self) -> String {
        let (product, id) = (&self.catalogue.product().id, &self.release.id);
        self.context.path(format_args!("/products/{product}/releases/{id}?release={product}/{id}"))
    }

    fn list(&self, section: &str) -> String {
        let (product, id) = (&self.catalogue.product().id, &self.release.id);
        self.context.path(format_args!("/{section}?product={product}&release={id}"))
    }

    fn alike(&self) -> Vec<Alike> {
        let others = self.catalogue.product().releases.iter().filter(|other| {
            other.id != self.release.id
                && other.version == self.release.version
                && (other.build.is_none() || other.build == self.release.build)
        });
        let alike = |other: &Release| Alike {
            name: other.name.clone(),
            href: self.href(other),
            marker: other.marker.as_ref().map(|id| self.link(id)),
        };
        others.map(alike).collect()
    }

    /// The pack of the latest release to which hosts of this one can go, or that makes this one.
    fn last_update(&self) -> Option<Update> {
        let product = self.catalogue.product();
        let is_pack =
            |hotfix: &&Hotfix| matches!(hotfix.kind, HotfixKind::ServicePack | HotfixKind::CumulativeUpdate);
        let packs = self
            .catalogue
            .hotfixes()
            .values()
            .filter(|hotfix| hotfix.withdrawn.is_none() && hotfix.releases.contains(&self.release.id));
        let last = packs.filter(is_pack).max_by_key(|hotfix| {
            let to = hotfix.establishes.as_ref().and_then(|id| product.position(id.as_str()));
            (to, hotfix.released, hotfix.id.clone())
        })?;
        Some(Update { link: self.link(&last.id), kind: kind(&last.kind) })
    }

    fn made_by(&self) -> Option<HotfixLink> {
        self.release.marker.as_ref().map(|id| self.link(id))
    }

    fn standing(&self) -> impl Iterator<Item = (&'a Advisory, OnRelease)> {
        let (catalogue, release) = (self.catalogue, self.release);
        let all = catalogue.advisories().values().filter(|advisory| advisory.withdrawn.is_none());
        all.map(move |advisory| (advisory, OnRelease::of(catalogue, advisory, &release.id)))
    }

    /// The advisories that touch the release, the worst first.
    fn open(&self) -> Vec<Open> {
        let mut open: Vec<(&Advisory, OnRelease)> =
            self.standing().filter(|(_, standing)| standing.touches()).collect();
        open.sort_by_key(|(advisory, standing)| {
            (advisory.severity.clone(), *standing, std::cmp::Reverse(advisory.id.clone()))
        });
        open.into_iter().map(|(advisory, standing)| self.opened(advisory, standing)).collect()
    }

    fn opened(&self, advisory: &Advisory, standing: OnRelease) -> Open {
        let mut fixes: Vec<Vec<HotfixLink>> = Vec::new();
        for set in advisory.cells(&self.release.id).flat_map(Cell::alternatives) {
            let set: Vec<HotfixLink> = set.iter().map(|id| self.link(id)).collect();
            if !fixes.contains(&set) {
                fixes.push(set);
            }
        }
        let short = self.short(advisory);
        Open {
            id: short.id,
            title: short.title,
            href: short.href,
            badge: standing.badge(),
            severity: severity(&advisory.severity),
            category: category(&advisory.category),
            fixes,
            sure: advisory.cells(&self.release.id).any(|cell| cell.feature.is_none() && cell.when.is_none()),
        }
    }

    fn short(&self, advisory: &Advisory) -> Short {
        Short {
            id: advisory.id.to_string(),
            title: advisory.title.clone(),
            href: self.context.advisory_href(advisory.product.as_str(), advisory.id.as_str()),
        }
    }

    fn settled(&self) -> Vec<Settled> {
        let of = |wanted: OnRelease| Settled {
            badge: wanted.badge(),
            advisories: self
                .standing()
                .filter(|(_, standing)| *standing == wanted)
                .map(|(advisory, _)| self.short(advisory))
                .collect(),
        };
        let all = [OnRelease::Fixed, OnRelease::NotAffected, OnRelease::Unstated].map(of);
        all.into_iter().filter(|settled| !settled.advisories.is_empty()).collect()
    }

    /// Every hotfix that has to do with the release.
    fn hotfixes(&self) -> Vec<(&'a Hotfix, Fit)> {
        let above = Above::of(self.catalogue);
        let all = self.catalogue.hotfixes().values();
        let fitting = all.map(|hotfix| (hotfix, above.fit(self.catalogue, hotfix, self.release)));
        fitting
            .filter(|(hotfix, fit)| match fit {
                Fit::Elsewhere | Fit::Makes => false,
                Fit::Withdrawn => hotfix.releases.contains(&self.release.id),
                _ => true,
            })
            .collect()
    }

    fn links(&self, hotfixes: &[(&Hotfix, Fit)], wanted: impl Fn(&Fit) -> bool) -> Vec<HotfixLink> {
        hotfixes.iter().filter(|(_, fit)| wanted(fit)).map(|(hotfix, _)| self.link(&hotfix.id)).collect()
    }

    fn groups(&self, hotfixes: &[(&Hotfix, Fit)]) -> Vec<Group> {
        let view = |hotfix: &Hotfix, fit: &Fit| HotfixView {
            link: self.link(&hotfix.id),
            kind: kind(&hotfix.kind),
            badge: fit.badge(),
            helps: helped(self.catalogue, hotfix, &self.release.id)
                .into_iter()
                .map(|advisory| self.short(advisory))
                .collect(),
        };
        let group = |title, hint, wanted: fn(&Fit) -> bool| Group {
            title,
            hint,
            hotfixes: hotfixes
                .iter()
                .filter(|(_, fit)| wanted(fit))
                .map(|(one, fit)| view(one, fit))
                .collect(),
        };
        let mut groups = [
            group(
                "Fix what is open",
                "The newest of each chain that an open advisory names, itself or through what it rolls up.",
                |fit| matches!(fit, Fit::Helps(_)),
            ),
            group("Optional", "Not superseded, and no open advisory names them.", |fit| {
                *fit == Fit::Optional
            }),
        ];
        if let Some(first) = groups.first_mut() {
            first.hotfixes.sort_by_key(|one| std::cmp::Reverse(one.helps.len()));
        }
        groups.into_iter().filter(|group| !group.hotfixes.is_empty()).collect()
    }

    fn superseded(&self, hotfixes: &[(&Hotfix, Fit)]) -> Vec<SupersededView> {
        let view = |(hotfix, fit): &(&Hotfix, Fit)| match fit {
            Fit::Superseded(by) => Some(SupersededView {
                link: self.link(&hotfix.id),
                by: by.iter().map(|id| self.link(id)).collect(),
            }),
            _ => None,
        };
        hotfixes.iter().filter_map(view).collect()
    }
}
