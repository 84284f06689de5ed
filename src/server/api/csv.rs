//! Lists as CSV (RFC 4180), for spreadsheets: no cell of a document is a formula in one.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::server::problem::{Code, Problem};

/// With what a cell begins that a spreadsheet takes for a formula, in the wide forms of some locales too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A table as CSV, its first line the names of the columns.
pub(super) fn write(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::inside(Code::Internal, error);
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(Vec::new());
    writer.write_record(head).map_err(|error| failed(&error))?;
    for row in rows {
        writer.write_record(row.into_iter().map(harmless)).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error.error()))
}

/// A cell that is text and nothing else: without control characters, and never a formula.
fn harmless(cell: String) -> String {
    let plain = |c: char| if c.is_control() && !matches!(c, '\n' | '\t' | '\r') { '\u{fffd}' } else { c };
    let cell = if cell.contains(char::is_control) { cell.chars().map(plain).collect() } else { cell };
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        let cells =
            ["=1+1", "+1", "-1", "@a", "\ta", "\ra", "＝1", "a=1", "", "a,b", "a\"b", "a\nb", "a\u{1b}[0m"];
        let csv = write(&["x"], cells.map(|cell| vec![cell.to_owned()])).unwrap();
        let lines = "x\r\n'=1+1\r\n'+1\r\n'-1\r\n'@a\r\n'\ta\r\n\"'\ra\"\r\n'＝1\r\na=1\r\n\"\"\r\n\"a,b\"\r\n\
                     \"a\"\"b\"\r\n\"a\nb\"\r\na\u{fffd}[0m\r\n";
        assert_eq!(String::from_utf8(csv).unwrap(), lines);
    }
}
