//! The query of an address: names that are not known are refused, never passed over.

use actix_web::HttpRequest;

use super::listing::QueryError;
use super::problem::{Code, Problem};
use super::state::shown;
use crate::model::suggest;

/// The most parameters of one address.
const MAX_PARAMETERS: usize = 200;

/// The parameters of an address, in order.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads the query of a request, with these names known.
    ///
    /// # Errors
    /// A name that is not known, saying which are; bytes that are not UTF-8 text; too many parameters.
    pub fn of(request: &HttpRequest, known: &[&str]) -> Result<Self, Problem> {
        let pairs = parse(request.query_string())?;
        match pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(unknown(name, known)),
            None => Ok(Self { pairs }),
        }
    }

    /// Reads the query of a page, which itself refuses what it does not know.
    ///
    /// # Errors
    /// Bytes that are not UTF-8 text; too many parameters.
    pub fn pairs(request: &HttpRequest) -> Result<Vec<(String, String)>, Problem> {
        parse(request.query_string())
    }

    /// The value of a parameter that may be given once.
    ///
    /// # Errors
    /// One that is given twice.
    pub fn one<'q>(&'q self, name: &'q str) -> Result<Option<&'q str>, Problem> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(twice(name));
        }
        Ok(first)
    }

    /// Every value of a parameter.
    pub fn all<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        self.pairs.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is on where it is given (`security`, `security=true`), and off else.
    ///
    /// # Errors
    /// Another value.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.one(name)? {
            None | Some("false" | "0") => Ok(false),
            Some("" | "true" | "1" | "on") => Ok(true),
            Some(other) => Err(bad(name, other, "`true` or `false`")),
        }
    }

    /// How many items of a list are wanted: at most `most`.
    ///
    /// # Errors
    /// Anything but an integer from 1 to `most`.
    pub fn limit(&self, most: u32) -> Result<u32, Problem> {
        match self.one("limit")? {
            None => Ok(most.min(100)),
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=most).contains(limit))
                .ok_or_else(|| bad("limit", text, &format!("an integer from 1 to {most}"))),
        }
    }
}

/// What a list refuses.
impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        let code = if error.unknown { Code::UnknownParameter } else { Code::BadParameter };
        Self::new(code, error.detail).at(error.name).remedy(error.remedy)
    }
}

/// Reads `application/x-www-form-urlencoded`.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let count = text.split('&').filter(|pair| !pair.is_empty()).count();
    if count > MAX_PARAMETERS {
        let detail = format!("{count} parameters, where at most {MAX_PARAMETERS} are read.");
        return Err(Problem::new(Code::BadParameter, detail));
    }
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(name)?, decode(value)?))
    });
    pairs.collect()
}

/// A parameter that is given twice: which of the two is meant?
pub(super) fn twice(name: &str) -> Problem {
    let name = shown(name);
    Problem::new(Code::BadParameter, format!("{name} is given twice.")).at(name).remedy("Give it once.")
}

/// A parameter whose value cannot be.
pub(super) fn bad(name: &str, value: &str, allowed: &str) -> Problem {
    let detail = format!("{name} = \"{}\" cannot be.", shown(value));
    Problem::new(Code::BadParameter, detail).at(name).remedy(format!("Write {allowed}."))
}

fn unknown(name: &str, known: &[&str]) -> Problem {
    let remedy = match (suggest(name, known.iter().copied()), known) {
        (_, []) => "This address takes no parameters: leave it out.".to_owned(),
        (Some(near), _) => format!("Did you mean `{near}`? Known are {}.", known.join(", ")),
        (None, _) => format!("Known are {}.", known.join(", ")),
    };
    let name = shown(name);
    Problem::new(Code::UnknownParameter, format!("The parameter `{name}` is not known here."))
        .at(name)
        .remedy(remedy)
}

/// Undoes `application/x-www-form-urlencoded`.
fn decode(text: &str) -> Result<String, Problem> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = [bytes.next(), bytes.next()];
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let [Some(high), Some(low)] = digits.map(digit) else {
                    return Err(Problem::new(
                        Code::BadRequest,
                        "A % is not followed by two hexadecimal digits.",
                    ));
                };
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
            }
            other => out.push(other),
        }
    }
    String::from_utf8(out).map_err(|_| Problem::new(Code::BadRequest, "The text is not UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn refuses_what_it_does_not_know() {
        let of = |uri: &str, known: &[&str]| Query::of(&TestRequest::with_uri(uri).to_http_request(), known);
        let query = of("/?a=1&a=%C3%A9+b&c", &["a", "c"]).unwrap();
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["1", "é b"]);
        assert!(query.flag("c").unwrap() && query.one("a").is_err());
        let problem = of("/?secuirty", &["security", "plan"]).unwrap_err();
        assert_eq!(problem.code, Code::UnknownParameter);
        assert_eq!(problem.what_to_do(), "Did you mean `security`? Known are security, plan.");
        for bad in ["/?%zz", "/?%ff", "/?a=%e", &format!("/?{}", "a&".repeat(300))] {
            assert!(of(bad, &["a"]).is_err(), "{bad:.20}");
        }
    }
}
