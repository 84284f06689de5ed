//! Lists and the search over generated catalogues, held to a plain filter.

mod http;

use std::collections::BTreeSet;
use std::sync::Arc;

use hotfixd::model::{Advisory, Catalogue, Mode, Source};
use hotfixd::server::listing::{
    Destination, Entry, Found, Index, MAX_FILTERS, ProductIndex, Query, QueryError, Section, Status,
};
use proptest::prelude::*;

const SEVERITIES: [&str; 6] = ["critical", "high", "medium", "low", "none", "unknown"];
const CATEGORIES: [&str; 3] = ["security", "data-loss", "stability"];
const STATUSES: [&str; 4] = ["known_affected", "known_not_affected", "fixed", "under_investigation"];
const WORDS: [&str; 6] = ["Storage", "network", "TRIM", "écran", "(crash)", "CVE-2015-4106"];

/// What a document is made of, by numbers.
#[derive(Debug, Clone)]
struct Made {
    severity: usize,
    category: usize,
    words: Vec<usize>,
    cells: Vec<(usize, usize)>,
    day: Option<i8>,
    flag: u8,
}

fn made() -> impl Strategy<Value = Made> {
    let words = prop::collection::vec(0..WORDS.len(), 1..4);
    let cells = prop::collection::vec((1..4_usize, 0..STATUSES.len()), 0..4);
    (0..SEVERITIES.len(), 0..CATEGORIES.len(), words, cells, prop::option::of(1..28_i8), 0..8_u8).prop_map(
        |(severity, category, words, cells, day, flag)| Made { severity, category, words, cells, day, flag },
    )
}

fn date(made: &Made) -> String {
    let year = 2014 + u32::from(made.flag % 3);
    made.day.map(|day| format!("published = {year}-03-{day:02}\n")).unwrap_or_default()
}

fn title(made: &Made) -> String {
    made.words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ")
}

/// The catalogue of a product with so many advisories and hotfixes.
fn catalogue(product: &str, advisories: &[(usize, Made)], hotfixes: &[(usize, Made)]) -> Catalogue {
    let mut texts = vec![format!(
        "schema = \"hotfixd/product/1\"\nid = \"{product}\"\nrevision = 1\nname = \"Product {product}\"\n\
         vendor = \"v\"\ndetect = [{{ file = \"/x\" }}]\n{}",
        (1..4)
            .map(|n| format!(
                "[[releases]]\nid = \"{n}.0\"\nname = \"{product} Release {n}\"\nline = \"{n}\"\n\
                 reports = {{ version = \"{n}.0\" }}\n"
            ))
            .collect::<String>()
    )];
    let fix = hotfixes.first().map(|(number, _)| format!("H{number:03}"));
    for (number, made) in advisories {
        let cell = |(release, status): &(usize, usize)| {
            let status = STATUSES[*status];
            let fixed = match (&fix, status) {
                (Some(fix), "known_affected") if made.flag & 1 == 0 => format!("fixed_by = [[\"{fix}\"]]\n"),
                _ => String::new(),
            };
            format!(
                "[[matrix]]\nfeature = \"*\"\nreleases = [\"{release}.0\"]\nstatus = \"{status}\"\n{fixed}"
            )
        };
        let withdrawn =
            if made.flag == 7 { "withdrawn = { date = 2016-01-01, reason = \"no\" }\n" } else { "" };
        texts.push(format!(
            "schema = \"hotfixd/advisory/1\"\nid = \"A{number:03}\"\nrevision = 1\nproduct = \"{product}\"\n\
             title = \"{}\"\ncategory = \"{}\"\nseverity = \"{}\"\n{}{withdrawn}\
             references = [{{ url = \"https://a.example/article/CTX{number}\" }}]\n{}",
            title(made),
            CATEGORIES[made.category],
            SEVERITIES[made.severity],
            date(made),
            made.cells.iter().map(cell).collect::<String>()
        ));
    }
    for (number, made) in hotfixes {
        let kind = if made.flag & 2 == 0 { "hotfix" } else { "service-pack" };
        let channel = if made.flag & 4 == 0 { "release" } else { "beta" };
        let releases: BTreeSet<usize> = made.cells.iter().map(|(release, _)| *release).chain([1]).collect();
        let releases: Vec<String> = releases.iter().map(|release| format!("\"{release}.0\"")).collect();
        let withdrawn =
            if made.flag == 7 { "withdrawn = { date = 2016-01-01, reason = \"no\" }\n" } else { "" };
        texts.push(format!(
            "schema = \"hotfixd/hotfix/1\"\nid = \"H{number:03}\"\nrevision = 1\nproduct = \"{product}\"\n\
             title = \"{}\"\nkind = \"{kind}\"\nchannel = \"{channel}\"\nreleases = [{}]\n\
             uuid = \"492ca007-bf7b-454f-8e5c-{number:012}\"\n{}{withdrawn}",
            title(made),
            releases.join(", "),
            date(made),
        ));
    }
    let sources: Vec<Source> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            Source::from_toml(&format!("{at}.toml"), text).unwrap_or_else(|e| panic!("{e}\n{text}"))
        })
        .collect();
    Catalogue::read(&sources, Mode::Strict).unwrap_or_else(|problems| panic!("{problems}"))
}

fn index(catalogues: &[Catalogue]) -> Index {
    let product = |catalogue| Arc::new(ProductIndex::of(catalogue, |_| None));
    Index::new(catalogues.iter().map(product).collect())
}

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn parse(index: &Index, section: Section, query: &[(&str, &str)]) -> Result<Query, QueryError> {
    Query::parse(index, section, &pairs(query), 200)
}

/// Reads an address as a server does.
fn pairs_of(link: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut out = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            out.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        String::from_utf8(out).unwrap()
    };
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        (decode(name), decode(value))
    };
    link.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

/// Every row of a list, page by page.
fn walk(index: &Index, query: &Query) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut link = query.link();
    loop {
        let query = Query::parse(index, query.section(), &pairs_of(&link), 200).unwrap();
        let page = index.page(&query);
        assert!(page.rows.len() <= query.limit() as usize);
        out.extend(page.rows.iter().map(|row| key(row.entry)));
        match page.next {
            Some(next) => link = query.link_to(&next),
            None => return out,
        }
    }
}

fn key(entry: &Entry) -> (String, String) {
    (entry.product.to_string(), entry.id.to_string())
}

/// The status of an advisory for a release, worked out once more and otherwise.
fn plain_status(advisory: &Advisory, release: &str) -> &'static str {
    if advisory.withdrawn.is_some() {
        return "withdrawn";
    }
    let words: Vec<&str> = advisory
        .matrix
        .iter()
        .filter(|cell| cell.releases.iter().any(|id| *id == *release))
        .map(|cell| cell.status.word())
        .collect();
    for (word, status) in [
        ("known_affected", "affected"),
        ("under_investigation", "under_investigation"),
        ("fixed", "fixed"),
        ("known_not_affected", "not_affected"),
    ] {
        if words.contains(&word) {
            return status;
        }
    }
    "not_stated"
}

fn plain_words(text: &str, id: &str, wanted: &str) -> bool {
    let text = format!("{text} {id}").to_lowercase();
    wanted
        .to_lowercase()
        .split(' ')
        .all(|word| text.split(|c: char| !c.is_alphanumeric()).any(|known| known.starts_with(word)))
}

#[derive(Debug, Clone)]
struct Asked {
    severity: Vec<usize>,
    release: Option<usize>,
    status: Option<usize>,
    word: Option<usize>,
    year: Option<u32>,
    product: Option<usize>,
    sort: usize,
    limit: usize,
}

fn asked() -> impl Strategy<Value = Asked> {
    let severity = prop::collection::vec(0..SEVERITIES.len(), 0..3);
    (
        severity,
        prop::option::of(1..4_usize),
        prop::option::of(0..6_usize),
        prop::option::of(0..4_usize),
        prop::option::of(2014..2017_u32),
        prop::option::of(0..2_usize),
        0..8_usize,
        1..6_usize,
    )
        .prop_map(|(severity, release, status, word, year, product, sort, limit)| Asked {
            severity,
            release,
            status,
            word,
            year,
            product,
            sort,
            limit,
        })
}

const SORTS: [&str; 8] =
    ["-updated", "updated", "id", "-id", "-severity", "severity", "-released", "released"];
const PLAIN_WORDS: [&str; 4] = ["STOR", "trim network", "Écran", "a00"];

impl Asked {
    fn pairs(&self, section: Section) -> Vec<(String, String)> {
        let mut out = Vec::new();
        let mut add = |name: &str, value: String| out.push((name.to_owned(), value));
        let severities: BTreeSet<usize> = self.severity.iter().copied().collect();
        severities.iter().for_each(|severity| add("severity", SEVERITIES[*severity].to_owned()));
        self.release.iter().for_each(|release| add("release", format!("{release}.0")));
        let statuses = section.statuses();
        self.status.iter().for_each(|status| add("status", statuses[status % statuses.len()].to_owned()));
        self.word.iter().for_each(|word| add("q", PLAIN_WORDS[*word].to_owned()));
        self.year.iter().for_each(|year| add("year", year.to_string()));
        self.product.iter().for_each(|product| add("product", ["one", "two"][*product].to_owned()));
        add("sort", SORTS[self.sort].to_owned());
        add("limit", self.limit.to_string());
        out
    }

    fn takes(&self, product: &str, severity: Option<&str>, updated: Option<jiff::civil::Date>) -> bool {
        self.product.is_none_or(|number| ["one", "two"][number] == product)
            && (self.severity.is_empty()
                || self.severity.iter().any(|number| severity == Some(SEVERITIES[*number])))
            && self
                .year
                .is_none_or(|year| updated.is_some_and(|date| i64::from(date.year()) == i64::from(year)))
    }

    fn takes_advisory(&self, product: &str, advisory: &Advisory) -> bool {
        let updated = advisory.published.or(advisory.withdrawn.as_ref().map(|withdrawn| withdrawn.date));
        let wanted = self.status.map(|status| Section::Advisories.statuses()[status]);
        let word = self
            .word
            .is_none_or(|word| plain_words(&advisory.title, advisory.id.as_str(), PLAIN_WORDS[word]));
        let said =
            |release: &str| advisory.matrix.iter().any(|cell| cell.releases.iter().any(|id| *id == *release));
        let stands = match (self.release, wanted) {
            (None, None) => true,
            (None, Some(wanted)) if advisory.withdrawn.is_some() => wanted == "withdrawn",
            (None, Some("not_stated")) => advisory.matrix.is_empty(),
            (None, Some(wanted)) => {
                (1..4).any(|n| said(&format!("{n}.0")) && plain_status(advisory, &format!("{n}.0")) == wanted)
            }
            (Some(n), None) => said(&format!("{n}.0")),
            (Some(n), Some("withdrawn")) => advisory.withdrawn.is_some() && said(&format!("{n}.0")),
            (Some(n), Some(wanted)) => plain_status(advisory, &format!("{n}.0")) == wanted,
        };
        self.takes(product, Some(advisory.severity.word()), updated) && word && stands
    }
}

fn numbered(list: Vec<Made>) -> Vec<(usize, Made)> {
    list.into_iter().enumerate().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// All pages of a list together are what a plain filter takes, each row once, in the order asked for.
    #[test]
    fn pages_are_what_a_plain_filter_takes(
        one in prop::collection::vec(made(), 0..12),
        two in prop::collection::vec(made(), 0..6),
        fixes in prop::collection::vec(made(), 0..4),
        asked in asked(),
    ) {
        let catalogues = [
            catalogue("one", &numbered(one), &numbered(fixes.clone())),
            catalogue("two", &numbered(two), &numbered(fixes)),
        ];
        let index = index(&catalogues);
        let query = Query::parse(&index, Section::Advisories, &asked.pairs(Section::Advisories), 200).unwrap();
        let found = walk(&index, &query);
        let mut plain: Vec<(&str, &Advisory)> = Vec::new();
        for catalogue in &catalogues {
            let product = catalogue.product().id.as_str();
            let all = catalogue.advisories().values();
            plain.extend(all.filter(|advisory| asked.takes_advisory(product, advisory)).map(|a| (product, a)));
        }
        let keys = |rows: &[(&str, &Advisory)]| -> BTreeSet<(String, String)> {
            rows.iter().map(|(product, advisory)| ((*product).to_owned(), advisory.id.to_string())).collect()
        };
        prop_assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), keys(&plain));
        prop_assert_eq!(found.len(), plain.len());
        prop_assert_eq!(index.page(&query).total, plain.len());
        // In order: no row stands before one that it should follow.
        let rank = |(product, id): &(String, String)| {
            let catalogue = catalogues.iter().find(|known| known.product().id == *product.as_str()).unwrap();
            let advisory = &catalogue.advisories()[id.as_str()];
            let updated = advisory.published.or(advisory.withdrawn.as_ref().map(|w| w.date));
            match query.sort().word().trim_start_matches('-') {
                "updated" => updated.map(|date| date.to_string()),
                "released" => advisory.published.map(|date| date.to_string()),
                "id" => Some(id.clone()),
                _ => match advisory.severity.word() {
                    "unknown" => None,
                    word => Some((9 - SEVERITIES.iter().position(|s| *s == word).unwrap()).to_string()),
                },
            }
        };
        for two in found.windows(2) {
            let (first, second) = (rank(&two[0]), rank(&two[1]));
            let fine = match (&first, &second) {
                (Some(a), Some(b)) if query.sort().descending => a >= b,
                (Some(a), Some(b)) => a <= b,
                (None, Some(_)) => false,
                (_, None) => true,
            };
            prop_assert!(fine, "{first:?} before {second:?}");
        }
    }

    /// What comes in or goes away while somebody turns the pages moves no other row.
    #[test]
    fn turning_pages_neither_skips_nor_repeats(
        list in prop::collection::vec(made(), 4..14),
        gone in prop::collection::vec(any::<bool>(), 14),
        asked in asked(),
    ) {
        let all = numbered(list);
        let (before, after): (Vec<_>, Vec<_>) = (
            all.iter().enumerate().filter(|(at, _)| !gone[*at]).map(|(_, made)| made.clone()).collect(),
            all.clone(),
        );
        let (before, after) = (index(&[catalogue("one", &before, &[])]), index(&[catalogue("one", &after, &[])]));
        let mut asked = asked;
        (asked.product, asked.status) = (None, None);
        let query = Query::parse(&before, Section::Advisories, &asked.pairs(Section::Advisories), 200).unwrap();
        let first = before.page(&query);
        let stayed: Vec<_> = walk(&before, &query);
        let mut seen: Vec<_> = first.rows.iter().map(|row| key(row.entry)).collect();
        let mut next = first.next;
        while let Some(cursor) = next {
            let query = Query::parse(&after, Section::Advisories, &pairs_of(&query.link_to(&cursor)), 200).unwrap();
            let page = after.page(&query);
            seen.extend(page.rows.iter().map(|row| key(row.entry)));
            next = page.next;
        }
        let unique: BTreeSet<_> = seen.iter().collect();
        prop_assert_eq!(unique.len(), seen.len(), "repeated");
        prop_assert!(stayed.iter().all(|row| seen.contains(row)), "skipped");
    }

    /// A query is what its address says, and a chip takes away its filter alone.
    #[test]
    fn addresses_say_what_is_asked(asked in asked(), section in prop::bool::ANY) {
        let section = if section { Section::Advisories } else { Section::Hotfixes };
        let index = index(&[catalogue("one", &[], &[]), catalogue("two", &[], &[])]);
        let query = Query::parse(&index, section, &asked.pairs(section), 200).unwrap();
        let again = Query::parse(&index, section, &pairs_of(&query.link()), 200).unwrap();
        prop_assert_eq!(&again, &query);
        for chip in query.chips() {
            let without = Query::parse(&index, section, &pairs_of(&chip.without), 200).unwrap();
            let kept: Vec<_> = query.filters().iter()
                .filter(|(name, value)| *name != chip.name || *value != chip.value).cloned().collect();
            prop_assert_eq!(without.filters(), kept.as_slice());
            prop_assert_eq!(without.sort(), query.sort());
        }
    }

    /// Any bytes at all are an answer or a refusal that names a parameter.
    #[test]
    fn any_query_is_answered_or_refused(
        pairs in prop::collection::vec(("[a-z]{1,8}|q|cursor|sort|limit|status|year|since", ".{0,30}"), 0..6),
    ) {
        let index = index(&[catalogue("one", &[], &[])]);
        match Query::parse(&index, Section::Hotfixes, &pairs, 200) {
            Ok(query) => prop_assert!(index.page(&query).rows.is_empty()),
            Err(error) => {
                prop_assert!(pairs.iter().any(|(name, _)| *name == error.name), "{error}");
                prop_assert!(error.detail.ends_with('.') && error.remedy.ends_with('.'), "{error}");
            }
        }
    }
}

/// The sample catalogue.
fn samples() -> Index {
    let files = [
        include_str!("../../samples/first-light/product.toml"),
        include_str!("../../samples/first-light/advisories/XS65-TRIM.toml"),
        include_str!("../../samples/first-light/hotfixes/XS65E005.toml"),
        include_str!("../../samples/first-light/hotfixes/XS65ESP1.toml"),
    ];
    let sources: Vec<Source> =
        files.iter().map(|text| Source::from_toml("sample.toml", text).unwrap()).collect();
    index(&[Catalogue::read(&sources, Mode::Strict).unwrap()])
}

fn ids(index: &Index, section: Section, query: &[(&str, &str)]) -> Vec<String> {
    let query = parse(index, section, query).unwrap();
    index.page(&query).rows.iter().map(|row| row.entry.id.to_string()).collect()
}

#[test]
fn shows_how_a_document_stands() {
    let index = samples();
    let row = |section, query: &[(&str, &str)]| {
        let query = parse(&index, section, query).unwrap();
        let page = index.page(&query);
        let row = *page.rows.first().unwrap();
        (row.standing.map(|standing| (standing.status, standing.remedied)), row.tally())
    };
    let (none, tally) = row(Section::Advisories, &[]);
    assert_eq!((none, tally.unwrap().to_string().as_str()), (None, "2 of 2 fixed"));
    let on = |release| row(Section::Advisories, &[("release", release), ("status", "")]);
    assert_eq!(on("6.5"), (Some((Status::Affected, true)), None));
    assert_eq!(on("6.5-sp1"), (Some((Status::Fixed, true)), None));
    let hotfix = |id| row(Section::Hotfixes, &[("q", id)]).0.unwrap().0;
    assert_eq!([hotfix("XS65E005"), hotfix("XS65ESP1")], [Status::Superseded, Status::Released]);
}

#[test]
fn says_how_many_rows_a_release_leaves_out() {
    let index = samples();
    let query = parse(&index, Section::Advisories, &[("release", "7.0")]).unwrap();
    let page = index.page(&query);
    assert_eq!((page.rows.len(), page.total, page.of, page.unstated), (0, 0, 1, 1));
    assert_eq!(
        ids(&index, Section::Advisories, &[("release", "7.0"), ("status", "not_stated")]),
        ["XS65-TRIM"]
    );
}

#[test]
fn a_hotfix_is_as_serious_as_what_it_fixes() {
    let index = samples();
    assert_eq!(ids(&index, Section::Hotfixes, &[("severity", "critical")]), ["XS65E005"]);
    assert_eq!(ids(&index, Section::Hotfixes, &[("category", "data-loss")]), ["XS65E005"]);
    assert_eq!(ids(&index, Section::Hotfixes, &[("kind", "service-pack")]), ["XS65ESP1"]);
    assert_eq!(ids(&index, Section::Hotfixes, &[("status", "superseded")]), ["XS65E005"]);
}

#[test]
fn refuses_what_it_does_not_know_and_says_what_it_does() {
    let index = samples();
    let refuse = |section, query: &[(&str, &str)]| {
        let error = parse(&index, section, query).unwrap_err();
        format!("{}: {} {}", error.name, error.detail, error.remedy)
    };
    let advisories = |query: &[(&str, &str)]| refuse(Section::Advisories, query);
    assert_eq!(
        advisories(&[("severty", "high")]),
        "severty: The parameter `severty` is not known for advisories. Did you mean `severity`? Known are q, \
         product, release, status, severity, category, year, since, until, sort, limit, cursor."
    );
    assert!(advisories(&[("kind", "hotfix")]).contains("not known for advisories"));
    assert_eq!(
        advisories(&[("severity", "hihg")]),
        "severity: severity = \"hihg\" cannot be. Did you mean `high`? Known are critical, high, medium, low, \
         none, unknown."
    );
    assert!(advisories(&[("release", "6.55")]).contains("Did you mean `6.5`?"));
    assert!(advisories(&[("product", "xenservr")]).contains("Did you mean `xenserver`?"));
    assert!(advisories(&[("status", "released")]).contains("Known are affected, under_investigation"));
    assert!(refuse(Section::Hotfixes, &[("status", "fixed")]).contains("Known are released"));
    assert_eq!(advisories(&[("q", "a"), ("q", "b")]), "q: q is given twice. Give it once.");
    assert!(advisories(&[("release", "6.5"), ("release", "7.0")]).contains("release is given twice."));
    assert!(advisories(&[("year", "15")]).contains("four digits"));
    assert!(advisories(&[("since", "2015-02-30")]).contains("YYYY-MM-DD"));
    assert!(advisories(&[("since", "2016-01-01"), ("until", "2015-01-01")]).contains("after until"));
    assert!(advisories(&[("year", "2015"), ("until", "2015-01-01")]).contains("beside"));
    assert!(advisories(&[("sort", "title")]).contains("Known are -updated"));
    for limit in ["0", "201", "-1", "x", "99999999999999999999"] {
        assert!(advisories(&[("limit", limit)]).contains("an integer from 1 to 200"), "{limit}");
    }
    assert!(advisories(&[("q", &"x".repeat(201))]).contains("at most 200 characters"));
    let many: Vec<(&str, &str)> = vec![("severity", "high"); 10_000];
    assert!(advisories(&many).contains(&format!("10000 parameters are more than the {MAX_FILTERS}")));
    // Forms send what was left empty.
    assert_eq!(ids(&index, Section::Advisories, &[("q", ""), ("severity", ""), ("cursor", "")]).len(), 1);
}

#[test]
fn a_cursor_is_of_one_list_and_whole() {
    let made = Made { severity: 0, category: 0, words: vec![0], cells: vec![], day: Some(3), flag: 0 };
    let list: Vec<(usize, Made)> = (0..5).map(|number| (number, made.clone())).collect();
    let index = index(&[catalogue("one", &list, &[])]);
    let query = parse(&index, Section::Advisories, &[("limit", "2")]).unwrap();
    let cursor = index.page(&query).next.unwrap();
    let with = |query: &[(&str, &str)], cursor: &str| {
        parse(&index, Section::Advisories, &[query, &[("cursor", cursor)]].concat()).map(|_| ())
    };
    assert_eq!(with(&[], &cursor), Ok(()));
    assert_eq!(with(&[("limit", "3")], &cursor), Ok(()), "the size of a page may change");
    for other in [[("sort", "id")], [("severity", "high")], [("q", "a")]] {
        assert_eq!(with(&other, &cursor).unwrap_err().name, "cursor");
    }
    assert!(parse(&index, Section::Hotfixes, &[("cursor", &cursor)]).is_err());
    for at in 0..cursor.len() {
        let mut bytes = cursor.clone().into_bytes();
        bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        let tampered = String::from_utf8(bytes).unwrap();
        assert!(with(&[], &tampered).is_err(), "{tampered}");
    }
    let (long, twice) = ("a".repeat(10_000), cursor.repeat(2));
    for bad in ["x", "é", "000000000000", &cursor[..cursor.len() - 1], &long, &twice, &cursor.to_uppercase()]
    {
        assert!(with(&[], bad).is_err(), "{bad:.30}");
    }
}

#[test]
fn an_id_leads_to_its_page() {
    let index = samples();
    let one = |text: &str| match index.search(text, 20) {
        Found::One(Destination::Advisory { id, .. }) => format!("advisory {id}"),
        Found::One(Destination::Hotfix { id, .. }) => format!("hotfix {id}"),
        Found::One(Destination::Product { id }) => format!("product {id}"),
        Found::One(Destination::Release { product, id }) => format!("release {product} {id}"),
        other => format!("{other:?}"),
    };
    for (text, page) in [
        ("XS65E005", "hotfix XS65E005"),
        (" xs65e005 ", "hotfix XS65E005"),
        ("492CA007-bf7b-454f-8e5c-63a991a52449", "hotfix XS65E005"),
        ("xs65-trim", "advisory XS65-TRIM"),
        ("CTX142355", "hotfix XS65ESP1"),
        ("xs65esp1.zip", "hotfix XS65ESP1"),
        ("XenServer", "product xenserver"),
        ("6.5-SP1", "release xenserver 6.5-sp1"),
        ("xenserver 6.5", "release xenserver 6.5"),
    ] {
        assert_eq!(one(text), page, "{text}");
    }
    // An article that an advisory and its hotfix share.
    let Found::Several { destinations, advisories, hotfixes } = index.search("ctx142141", 20) else {
        panic!()
    };
    assert_eq!((destinations.len(), advisories, hotfixes), (2, 1, 1));
    let Found::Several { destinations, .. } = index.search("lun larger", 20) else { panic!() };
    assert_eq!(destinations.len(), 2);
    for nothing in ["", "  ", "***", "zebra", &"x".repeat(100_000), "\u{0}\u{202e}"] {
        assert_eq!(index.search(nothing, 20), Found::Nothing, "{nothing:.20}");
    }
}

#[test]
fn the_very_id_comes_first() {
    let made = |words| Made { severity: 0, category: 0, words, cells: vec![], day: None, flag: 0 };
    let catalogue = catalogue("one", &[(1, made(vec![0])), (10, made(vec![1]))], &[]);
    let index = index(&[catalogue]);
    assert_eq!(ids(&index, Section::Advisories, &[("q", "a01"), ("sort", "-id")]), ["A010"]);
    assert_eq!(ids(&index, Section::Advisories, &[("q", "a0"), ("sort", "-id")]), ["A010", "A001"]);
    assert_eq!(ids(&index, Section::Advisories, &[("q", "A001"), ("sort", "-id")]), ["A001"]);
}

/// Statuses of hotfixes do not depend on which release was chosen; which of them are shown does.
#[test]
fn hotfixes_are_narrowed_to_those_for_a_release() {
    let index = samples();
    assert_eq!(
        ids(&index, Section::Hotfixes, &[("release", "6.5"), ("sort", "id")]),
        ["XS65E005", "XS65ESP1"]
    );
    let none: [&str; 0] = [];
    assert_eq!(ids(&index, Section::Hotfixes, &[("release", "6.5-sp1")]), none);
}
