//! The order of package versions, against Debian's own `rpm` and `dpkg` on generated pairs.
//!
//! `HOTFIXD_SOAK` (any value but 0) compares twenty-five times as many, others each time.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::process::{Command, Stdio};

use hotfixd::model::version::{Evr, compare, well_formed};
use hotfixd::model::words::PackageFormat;

/// Pairs of versions that are compared in a run.
const PAIRS: usize = 40_000;
/// The pairs that `dpkg` itself is asked about, a process for each.
const PAIRS_OF_DPKG: usize = 100;

/// Numbers, also with zeros in front and beyond 64 bits, and letters; what stands between differs by format.
const RUNS: &[&str] = &[
    "0",
    "1",
    "2",
    "9",
    "10",
    "00",
    "01",
    "010",
    "18446744073709551616",
    "99999999999999999999",
    "a",
    "b",
    "z",
    "A",
    "Z",
    "rc",
    "git",
    "el7",
    "fc17",
];
const EPOCHS: &[&str] = &["", "", "", "", "0:", "1:", "007:", "10:"];

/// Chance that is the same in each run, but for a soak.
struct Dice(u64);

impl Dice {
    /// A number below `below`.
    fn roll(&mut self, below: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(below).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    fn piece<'a>(&mut self, marks: &[&'a str]) -> &'a str {
        let from = if self.roll(5) < 2 { marks } else { RUNS };
        self.pick(from)
    }

    fn pieces(&mut self, marks: &[&str], most: usize) -> String {
        (0..=self.roll(most)).map(|_| self.piece(marks)).collect()
    }

    /// `epoch:version-release`, with epoch and release left out at times.
    fn version(&mut self, marks: &[&str], first: &[&str], hyphens: bool) -> String {
        let (epoch, first, upstream) = (self.pick(EPOCHS), self.pick(first), self.pieces(marks, 6));
        let more = if hyphens && self.roll(8) == 0 { "-1" } else { "" };
        let release = match self.roll(4) {
            0 => String::new(),
            _ => format!("-{}", self.pieces(marks, 4)),
        };
        format!("{epoch}{first}{upstream}{more}{release}")
    }

    /// The same version with one more piece in it.
    fn changed(&mut self, version: &str, marks: &[&str]) -> String {
        // Behind the epoch, and behind the digit that a Debian version begins with.
        let begin = version.find(':').map_or(0, |colon| colon + 1);
        let ends = version.char_indices().map(|(at, c)| at + c.len_utf8()).filter(|end| *end > begin);
        let ends: Vec<usize> = ends.collect();
        let mut changed = version.to_owned();
        changed.insert_str(ends[self.roll(ends.len())], self.piece(marks));
        changed
    }
}

/// Pairs, half of them drawn apart, half of them alike but for one piece.
fn pairs(marks: &[&str], first: &[&str], hyphens: bool) -> Vec<[String; 2]> {
    let soak = std::env::var("HOTFIXD_SOAK").is_ok_and(|value| value != "0");
    let (count, seed) =
        if soak { (25 * PAIRS, RandomState::new().build_hasher().finish()) } else { (PAIRS, 1) };
    let mut dice = Dice(seed);
    let mut pair = || {
        let one = dice.version(marks, first, hyphens);
        let other = match dice.roll(2) {
            0 => dice.version(marks, first, hyphens),
            _ => dice.changed(&one, marks),
        };
        [one, other]
    };
    (0..count).map(|_| pair()).collect()
}

/// What a program says that reads pairs of lines and answers each with -1, 0 or 1.
fn answers(mut command: Command, pairs: &[[String; 2]]) -> Vec<Ordering> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = pairs.iter().flatten().flat_map(|line| [line.as_str(), "\n"]).collect();
    let writing = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let out = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(out.status.success(), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    let answers = text.split_whitespace().map(|line| line.parse::<i32>().unwrap().cmp(&0));
    let answers: Vec<Ordering> = answers.collect();
    assert_eq!(answers.len(), pairs.len());
    answers
}

fn ours(format: &PackageFormat, [left, right]: &[String; 2]) -> Ordering {
    fn evr(text: &str) -> Evr<'_> {
        Evr::parse(text).unwrap_or_else(|| panic!("{text:?} is no version"))
    }
    compare(format, &evr(left), &evr(right)).unwrap()
}

fn agree(format: &PackageFormat, pairs: &[[String; 2]], theirs: &[Ordering]) {
    let mut seen = [0_usize; 3];
    for (pair, theirs) in pairs.iter().zip(theirs) {
        assert_eq!(ours(format, pair), *theirs, "{format}: {pair:?}");
        seen[usize::from(theirs.is_ge()) + usize::from(theirs.is_gt())] += 1;
    }
    // Pairs that are all of one order would prove nothing.
    assert!(seen.iter().all(|count| *count * 200 > pairs.len()), "{format}: {seen:?}");
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Whether a command works on this machine.
fn works(mut command: Command) -> bool {
    let works = command.output().is_ok_and(|out| out.status.success());
    if !works {
        eprintln!("skipped: {command:?} does not work here");
    }
    works
}

#[test]
fn rpm_versions_are_ordered_as_by_rpm() {
    if !works(command("rpm", &["--version"])) {
        return;
    }
    // The last is a separator like any other for rpm, though no publisher may write it.
    let marks = ["~", "^", ".", "_", "+", "..", "~~", "^^", "~^", "^~", ".~", "é"];
    let pairs = pairs(&marks, &["", "", "1"], false);
    // rpm's order of whole versions puts one without a release first; its order for dependencies, which is
    // the rule here, then compares no releases.
    let release = |text: &str| text.contains('-');
    let without = |text: &str| text.split_once('-').map_or(text, |(version, _)| version).to_owned();
    let asked = pairs.iter().map(|[left, right]| match release(left) == release(right) {
        true => [left.clone(), right.clone()],
        false => [without(left), without(right)],
    });
    let asked: Vec<[String; 2]> = asked.collect();
    let script = "%{lua: local next = io.lines() \
                  for left in next do io.write(rpm.vercmp(left, next()), '\\n') end}";
    let theirs = answers(command("rpm", &["--eval", script]), &asked);
    agree(&PackageFormat::Rpm, &pairs, &theirs);
}

#[test]
fn debian_versions_are_ordered_as_by_dpkg() {
    let dpkg = PackageFormat::Dpkg;
    let pairs = pairs(&["~", ".", "+", "..", "~~", "~.", "+~"], &["0", "1", "2", "01"], true);
    assert!(pairs.iter().flatten().all(|version| well_formed(&dpkg, version)));
    // Perl takes a number for a float, and confuses those that are longer; dpkg itself does not.
    let long = |text: &String| text.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() > 15);
    let (long, short): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| pair.iter().any(long));
    assert!(short.len() > 10_000, "{} pairs", short.len());
    if works(command("perl", &["-MDpkg::Version", "-e", "1"])) {
        let script = "while (my $l = <STDIN>) { my $r = <STDIN>; chomp($l, $r); \
                      print version_compare($l, $r), \"\\n\"; }";
        let theirs = answers(command("perl", &["-MDpkg::Version", "-e", script]), &short);
        agree(&dpkg, &short, &theirs);
    }
    if works(command("dpkg", &["--version"])) {
        let says = |[left, right]: &[String; 2], operator: &str| {
            command("dpkg", &["--compare-versions", left, operator, right]).status().unwrap().success()
        };
        for pair in [long, short].iter().flat_map(|pairs| pairs.iter().take(PAIRS_OF_DPKG / 2)) {
            let order = ours(&dpkg, pair);
            assert_eq!((says(pair, "lt"), says(pair, "gt")), (order.is_lt(), order.is_gt()), "{pair:?}");
        }
    }
}
