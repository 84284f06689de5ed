//! What differs from one text to another, line by line.

/// The most lines of either text that are compared one by one; beyond, the middle counts as changed whole.
const MOST: usize = 1_500;
/// How many lines stand around a change.
const AROUND: usize = 3;
/// The most lines that are shown.
const SHOWN: usize = 600;

/// A line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Line {
    /// `same`, `gone`, `new`, or `skip` for lines that are left out, which the text counts.
    pub(super) kind: &'static str,
    /// The line.
    pub(super) text: String,
}

fn line(kind: &'static str, text: &str) -> Line {
    Line { kind, text: text.to_owned() }
}

/// The lines that differ, with some around them; empty where none does.
pub(super) fn compare(before: &str, after: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = |rest: &[&'_ str]| rest.len() - end;
    let (old_middle, new_middle) = (
        old_rest.get(..middle(old_rest)).unwrap_or_default(),
        new_rest.get(..middle(new_rest)).unwrap_or_default(),
    );
    let mut all: Vec<Line> = old.iter().take(start).map(|text| line("same", text)).collect();
    all.extend(changed(old_middle, new_middle));
    all.extend(old.iter().skip(old.len() - end).map(|text| line("same", text)));
    hunks(all)
}

/// A longest common subsequence, by the table that everybody knows.
fn changed(old: &[&str], new: &[&str]) -> Vec<Line> {
    if old.len() > MOST || new.len() > MOST {
        let gone = old.iter().map(|text| line("gone", text));
        return gone.chain(new.iter().map(|text| line("new", text))).collect();
    }
    let width = new.len() + 1;
    let mut table = vec![0_u16; (old.len() + 1) * width];
    let at = |table: &[u16], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or_default();
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let value = if a == b {
                at(&table, i + 1, j + 1) + 1
            } else {
                at(&table, i + 1, j).max(at(&table, i, j + 1))
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = value;
            }
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                out.push(line("same", a));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), other) if other.is_none() || at(&table, i + 1, j) >= at(&table, i, j + 1) => {
                out.push(line("gone", a));
                i += 1;
            }
            (_, Some(b)) => {
                out.push(line("new", b));
                j += 1;
            }
            (_, None) => break,
        }
    }
    out
}

/// Leaves out what is the same far from every change, and what is too much.
fn hunks(all: Vec<Line>) -> Vec<Line> {
    let changes: Vec<usize> =
        all.iter().enumerate().filter(|(_, line)| line.kind != "same").map(|(at, _)| at).collect();
    if changes.is_empty() {
        return Vec::new();
    }
    let near = |at: usize| {
        let next = changes.partition_point(|change| *change < at);
        let beside = [next.checked_sub(1), Some(next)].into_iter().flatten();
        beside.filter_map(|index| changes.get(index)).any(|change| change.abs_diff(at) <= AROUND)
    };
    let mut out: Vec<Line> = Vec::new();
    let mut skipped = 0_usize;
    let note = |out: &mut Vec<Line>, skipped: &mut usize| {
        if *skipped > 0 {
            let lines = if *skipped == 1 { "line" } else { "lines" };
            out.push(Line { kind: "skip", text: format!("{skipped} {lines} the same") });
            *skipped = 0;
        }
    };
    for (at, one) in all.into_iter().enumerate() {
        if near(at) {
            note(&mut out, &mut skipped);
            out.push(one);
        } else {
            skipped += 1;
        }
    }
    note(&mut out, &mut skipped);
    if out.len() > SHOWN {
        let more = out.len() - SHOWN;
        out.truncate(SHOWN);
        out.push(Line { kind: "skip", text: format!("{more} more lines are not shown") });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> Vec<String> {
        compare(before, after).into_iter().map(|line| format!("{} {}", line.kind, line.text)).collect()
    }

    #[test]
    fn names_what_changed_and_what_is_around_it() {
        assert_eq!(shown("a\nb", "a\nb"), Vec::<String>::new());
        assert_eq!(shown("a\nb\nc", "a\nx\nc"), ["same a", "gone b", "new x", "same c"]);
        assert_eq!(shown("", "a"), ["new a"]);
        assert_eq!(shown("a\nb", "b"), ["gone a", "same b"]);
        let long: String = (0..20).map(|n| format!("{n}\n")).collect();
        let there = shown(&long, &long.replace("10\n", "ten\n"));
        assert_eq!(there.first().map(String::as_str), Some("skip 7 lines the same"));
        assert_eq!(there.len(), 10);
    }

    #[test]
    fn is_bounded() {
        let many = |letter: &str| format!("{letter}\n").repeat(20_000);
        let compared = compare(&many("a"), &many("b"));
        assert_eq!(compared.len(), SHOWN + 1);
    }
}
