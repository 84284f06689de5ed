//! A product's releases over time, as a drawing: bars from when a release came out to when its life ends.
//!
//! Lengths are shares of the width, so that the words stay as large as they are on any screen. What is not
//! known is dashed; where no date at all is known, the bars only keep the order.

use jiff::civil::Date;

use super::context::PageContext;
use super::words::day;
use crate::model::Product;
use crate::model::product::{Lifecycle, Release};

/// How much of the drawing each release takes, in pixels from top to bottom: with dates, and without any.
const ROWS: [usize; 2] = [44, 34];
/// What is above the first release.
const TOP: usize = 30;
/// The most characters of a label: they have to fit on a telephone.
const LABEL: usize = 36;

/// The drawing.
#[derive(Debug, serde::Serialize)]
pub(super) struct Timeline {
    height: usize,
    /// The height of a bar.
    thick: usize,
    /// Whether the bars stand for time.
    dated: bool,
    /// Of how many releases no date is known.
    undated: usize,
    /// Whether a bar has a part that nobody knows.
    dashed: bool,
    ticks: Vec<Tick>,
    today: Option<String>,
    rows: Vec<Row>,
}

#[derive(Debug, serde::Serialize)]
struct Tick {
    x: String,
    text: String,
}

#[derive(Debug, serde::Serialize)]
struct Row {
    label: String,
    title: String,
    href: String,
    chosen: bool,
    y: usize,
    bars: Vec<Bar>,
}

#[derive(Debug, serde::Serialize)]
struct Bar {
    x: String,
    width: String,
    class: &'static str,
}

/// Draws the releases of a product, the oldest first; `None` where it has none.
pub(super) fn timeline(context: &PageContext, product: &Product) -> Option<Timeline> {
    let releases = &product.releases;
    let today = day(context.now);
    let dates = |release: &Release| {
        let Lifecycle { available, maintenance_ends, life_ends } = release.lifecycle;
        [available, maintenance_ends, life_ends]
    };
    let known = || releases.iter().flat_map(dates).flatten();
    let undated = releases.iter().filter(|release| dates(release) == [None; 3]).count();
    let span = known().min().zip(known().max()).map(|(first, last)| Scale::years(first, last.max(today)));
    let [dated, undated_pitch] = ROWS;
    let (top, pitch) = if span.is_some() { (TOP, dated) } else { (0, undated_pitch) };
    let chosen = context.runs(product).map(|release| &release.id);
    let row = |(index, release): (usize, &Release)| Row {
        label: shortened(&release.name),
        title: match &release.codename {
            Some(codename) => format!("{} ({codename}): {}", release.name, said(&release.lifecycle)),
            None => format!("{}: {}", release.name, said(&release.lifecycle)),
        },
        href: context.release_href(product.id.as_str(), release.id.as_str()),
        chosen: chosen == Some(&release.id),
        y: top + index * pitch,
        bars: match &span {
            Some(scale) => bars(scale, &release.lifecycle),
            None => vec![bar(share(index, releases.len()), 1.0, "dashed")],
        },
    };
    let rows: Vec<Row> = releases.iter().enumerate().map(row).collect();
    Some(Timeline {
        height: top + rows.len() * pitch,
        thick: if span.is_some() { 12 } else { 5 },
        dated: span.is_some(),
        undated,
        dashed: rows.iter().any(|row| row.bars.iter().any(|bar| bar.class == "dashed")),
        ticks: span.as_ref().map(Scale::ticks).unwrap_or_default(),
        today: span.as_ref().map(|scale| percent(scale.at(today))),
        rows,
    })
    .filter(|timeline| !timeline.rows.is_empty())
}

/// The lifecycle in words.
fn said(lifecycle: &Lifecycle) -> String {
    let part = |word: &str, date: Option<Date>| match date {
        Some(date) => format!("{word} {}", super::words::date(date).text),
        None => format!("{word} not known"),
    };
    [
        part("available", lifecycle.available),
        part("maintenance ends", lifecycle.maintenance_ends),
        part("life ends", lifecycle.life_ends),
    ]
    .join(", ")
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LABEL {
        return name.to_owned();
    }
    name.chars().take(LABEL - 1).chain(std::iter::once('…')).collect()
}

#[allow(clippy::cast_precision_loss)]
fn share(index: usize, of: usize) -> f64 {
    index as f64 / of.max(1) as f64
}

/// Maintained, then alive, and dashed wherever an end of that is not known.
fn bars(scale: &Scale, lifecycle: &Lifecycle) -> Vec<Bar> {
    let [start, maintained, end] = [lifecycle.available, lifecycle.maintenance_ends, lifecycle.life_ends]
        .map(|date| date.map(|date| scale.at(date)));
    match (start, maintained, end) {
        (Some(start), Some(middle), Some(end)) => {
            vec![bar(start, middle, "maintained"), bar(middle.max(start), end, "alive")]
        }
        (Some(start), Some(middle), None) => {
            vec![bar(start, middle, "maintained"), bar(middle, 1.0, "dashed")]
        }
        (Some(start), None, Some(end)) => vec![bar(start, end, "alive")],
        (Some(start), None, None) => vec![bar(start, 1.0, "dashed")],
        (None, Some(middle), Some(end)) => vec![bar(0.0, middle, "dashed"), bar(middle, end, "alive")],
        (None, Some(end), None) => vec![bar(0.0, end, "dashed"), bar(end, 1.0, "dashed")],
        (None, None, Some(end)) => vec![bar(0.0, end, "dashed")],
        (None, None, None) => vec![bar(0.0, 1.0, "dashed")],
    }
}

fn bar(from: f64, to: f64, class: &'static str) -> Bar {
    Bar { x: percent(from), width: percent((to - from).max(0.004)), class }
}

fn percent(share: f64) -> String {
    format!("{:.2}%", (share * 100.0).clamp(0.0, 100.0))
}

/// Whole years.
struct Scale {
    first: i16,
    last: i16,
}

impl Scale {
    fn years(first: Date, last: Date) -> Self {
        Self { first: first.year(), last: last.year().saturating_add(1) }
    }

    fn at(&self, date: Date) -> f64 {
        let years = f64::from(date.year() - self.first) + (f64::from(date.day_of_year()) - 1.0) / 366.0;
        years / f64::from(self.last - self.first)
    }

    /// At most five, so that they can be read on a telephone.
    fn ticks(&self) -> Vec<Tick> {
        let span = self.last - self.first;
        let step = (span / 5 + i16::from(span % 5 != 0)).max(1);
        let years = (0..span).step_by(usize::try_from(step).unwrap_or(1));
        years
            .map(|after| Tick {
                x: percent(f64::from(after) / f64::from(span)),
                text: (self.first + after).to_string(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_dates_in_their_place() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let scale = Scale::years(date("2015-03-01"), date("2024-02-01"));
        assert_eq!(scale.at(date("2015-01-01")), 0.0);
        assert!(scale.at(date("2020-01-01")) > 0.49 && scale.at(date("2024-12-31")) < 1.0);
        assert!(scale.ticks().len() <= 5);
        let lifecycle = Lifecycle { available: Some(date("2016-01-01")), ..Lifecycle::default() };
        let bars = bars(&scale, &lifecycle);
        assert_eq!((bars.len(), bars[0].class), (1, "dashed"));
    }
}
