//! What a request can be answered with when it cannot be done: one table of code, status and title, written
//! as `application/problem+json` (RFC 9457) or as a page.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::json::ParseError;
use crate::model;
use crate::release::ReleaseError;
use crate::repository::gates::Gate;
use crate::store::StoreError;

/// Defines the codes with their status, title and usual remedy.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $title:literal, $remedy:literal;)+) => {
        /// A stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its word, status, title and usual remedy.
            #[must_use]
            pub fn row(self) -> (&'static str, u16, &'static str, &'static str) {
                match self {
                    $(Self::$variant => ($code, $status, $title, $remedy),)+
                }
            }
        }
    };
}

codes! {
    /// The request cannot be read.
    BadRequest = "bad_request", 400, "The request cannot be read", "Send a request as RFC 9112 has it.";
    /// A body that is not JSON, or not UTF-8.
    Malformed = "malformed", 400, "The body cannot be read", "Mend the body at the place that is named.";
    /// A document or an inventory breaks rules.
    Invalid = "invalid", 422, "The document breaks rules", "Mend each field that is named.";
    /// A parameter of the query that is not known.
    UnknownParameter = "unknown_parameter", 400, "The address has a parameter that is not known", "Leave it out.";
    /// A parameter with a value that it cannot have.
    BadParameter = "bad_parameter", 400, "A parameter of the address has a wrong value", "Write one of the values that are named.";
    /// No token, or none that is good.
    Unauthenticated = "unauthenticated", 401, "A token is needed", "Send `Authorization: Bearer TOKEN` with a publisher's token that is not expired.";
    /// Somebody who may not.
    Forbidden = "forbidden", 403, "This is not for you", "Ask the administrator.";
    /// Nothing is there.
    NotFound = "not_found", 404, "Nothing is here", "Look at / for what there is.";
    /// The method does not belong to the address.
    MethodNotAllowed = "method_not_allowed", 405, "The address does not take this method", "Use a method that `Allow` names.";
    /// The body did not come in time.
    BodyTimeout = "body_timeout", 408, "The body did not come in time", "Send it again over a faster line.";
    /// The submission was built on another state.
    StaleSubmission = "stale_submission", 409, "The submission was built on another state", "Sign the documents again with --server, and submit that.";
    /// Signatures are missing.
    SignaturesMissing = "signatures_missing", 409, "Signatures are missing", "Let another keyholder run `hotfix cosign`.";
    /// The submission can be released no more.
    SubmissionClosed = "submission_closed", 409, "The submission is closed", "Sign the documents again with --server, and submit that.";
    /// It changed since it was looked at.
    SubmissionChanged = "submission_changed", 409, "The submission has changed", "Look at it again before you release it.";
    /// A length has to be given.
    LengthRequired = "length_required", 411, "The length has to be given", "Send Content-Length.";
    /// The body is too long.
    BodyTooLong = "body_too_long", 413, "The body is too long", "Send less; the limit is in the server's configuration.";
    /// An encoding that is not taken.
    UnsupportedEncoding = "unsupported_encoding", 415, "The body is in an encoding that is not taken", "Send it as it is, without Content-Encoding.";
    /// A range that the file does not have.
    RangeNotSatisfiable = "range_not_satisfiable", 416, "The file has no such range", "Ask for bytes that the file has.";
    /// A gate refused the submission.
    SubmissionRefused = "submission_refused", 422, "The submission is refused", "Mend what the gates name, sign and submit again.";
    /// A signature that does not count.
    SignatureRefused = "signature_refused", 422, "The signature does not count", "Sign the current metadata of the submission with a key of its role.";
    /// A blob that is not what it was said to be.
    BlobMismatch = "blob_mismatch", 422, "The file is not the one that was named", "Send the very bytes of that SHA-256.";
    /// Something is wrong inside.
    Internal = "internal", 500, "Something is wrong inside the service", "Give the administrator the request id.";
    /// Stored data is damaged.
    StorageDamaged = "storage_damaged", 500, "Stored data is damaged", "Give the administrator the request id.";
    /// The database is busy.
    Busy = "busy", 503, "The service is busy", "Try again in a moment.";
    /// The database's server is away.
    DatabaseUnavailable = "database_unavailable", 503, "The database cannot be reached", "Reading goes on; try again in a moment.";
    /// The database's server went away during a change.
    Unconfirmed = "unconfirmed", 503, "Whether the change was kept is not known", "Ask in a moment what became of it, then do it again if it was not done: doing it twice changes nothing.";
    /// The disk failed.
    StorageFailed = "storage_failed", 503, "The disk failed", "Reading goes on; try writing again later.";
    /// The data folder cannot be written.
    StorageReadOnly = "storage_read_only", 503, "The data folder cannot be written", "Reading goes on; try writing again later.";
    /// The disk is full.
    StorageFull = "storage_full", 507, "The disk is full", "Reading goes on; try writing again once there is room.";
}

impl Code {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().0
    }

    /// Whether it is the store that failed, for a reason that passes.
    #[must_use]
    pub fn is_outage(self) -> bool {
        matches!(
            self,
            Self::Busy
                | Self::DatabaseUnavailable
                | Self::Unconfirmed
                | Self::StorageFailed
                | Self::StorageReadOnly
                | Self::StorageFull
        )
    }

    /// Its status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Why a request was not done.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which kind.
    pub code: Code,
    /// What happened, for people. Nothing of the inside.
    pub detail: String,
    /// What only some have.
    pub more: Box<More>,
}

/// What only some problems have.
#[derive(Debug, Clone, Default)]
pub struct More {
    /// The field or parameter at fault.
    pub field: Option<String>,
    /// What to do, where it is not what the code's row says.
    pub remedy: Option<String>,
    /// Everything that is wrong with a document.
    pub problems: Vec<model::Problem>,
    /// The gates of a submission.
    pub gates: Vec<Gate>,
    /// The version of the role that is published now.
    pub current_version: Option<u64>,
    /// The version of the role that is taken next.
    pub next_version: Option<u64>,
    /// The methods that the address takes.
    pub allow: Option<&'static str>,
    /// The length of the file of which a range was asked for that it does not have.
    pub length: Option<u64>,
    /// For the log alone.
    pub inside: Option<String>,
}

/// A problem as it is sent.
#[derive(Serialize)]
struct Document<'p> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'p str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'p [model::Problem],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    gates: &'p [Gate],
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_version: Option<u64>,
    remedy: &'p str,
    request_id: &'p str,
}

impl Problem {
    /// A problem in words.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), more: Box::default() }
    }

    /// The same at a field or parameter.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.more.field = Some(field.into());
        self
    }

    /// The same with another remedy than the usual one.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.more.remedy = Some(remedy.into());
        self
    }

    /// The same with the methods that the address takes.
    #[must_use]
    pub fn allow(mut self, methods: &'static str) -> Self {
        self.more.allow = Some(methods);
        self
    }

    /// What to do.
    #[must_use]
    pub fn what_to_do(&self) -> &str {
        self.more.remedy.as_deref().unwrap_or(self.code.row().3)
    }

    /// Something inside, which only the log is told of.
    #[must_use]
    pub fn inside(code: Code, error: &dyn fmt::Display) -> Self {
        let mut problem = Self::new(code, "The request was not done; nothing was changed.");
        problem.more.inside = Some(error.to_string());
        problem
    }

    /// Nothing at this address.
    #[must_use]
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("There is no {what}."))
    }

    /// As `application/problem+json`.
    #[must_use]
    pub fn to_json(&self, request_id: &str) -> Vec<u8> {
        serde_json::to_vec_pretty(&self.document(request_id)).unwrap_or_default()
    }

    /// The same of no request of its own, in one line.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        serde_json::to_vec(&self.document("")).unwrap_or_default()
    }

    fn document<'p>(&'p self, request_id: &'p str) -> Document<'p> {
        let (code, status, title, _) = self.code.row();
        Document {
            r#type: format!("urn:hotfixd:problem:{code}"),
            title,
            status,
            code,
            detail: &self.detail,
            field: self.more.field.as_deref(),
            problems: &self.more.problems,
            gates: &self.more.gates,
            current_version: self.more.current_version,
            next_version: self.more.next_version,
            remedy: self.what_to_do(),
            request_id,
        }
    }
}

impl Problem {
    /// The least that still says what it is.
    #[must_use]
    pub fn to_short_json(&self) -> Vec<u8> {
        let (code, status, ..) = self.code.row();
        serde_json::to_vec(&serde_json::json!({ "status": status, "code": code, "detail": self.detail }))
            .unwrap_or_default()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.word(), self.detail)
    }
}

/// Rendered by [`super::middleware`], which knows the request.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<ParseError> for Problem {
    fn from(error: ParseError) -> Self {
        Self::new(Code::Malformed, error.to_string())
    }
}

impl From<model::Problems> for Problem {
    fn from(model::Problems(problems): model::Problems) -> Self {
        let first = problems.first();
        let field = first.map(|problem| problem.field.dotted()).filter(|field| !field.is_empty());
        let detail = first.map(|problem| problem.message.clone()).unwrap_or_default();
        // Without a field it is the text itself that cannot be read.
        let code = if field.is_some() { Code::Invalid } else { Code::Malformed };
        let detail = match first.and_then(|problem| problem.line) {
            Some(line) => format!("line {line}: {detail}"),
            None => detail,
        };
        let more = More { field, problems, ..More::default() };
        Self { more: Box::new(more), ..Self::new(code, detail) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Full => Self::inside(Code::StorageFull, &error),
            StoreError::ReadOnly(_) => Self::inside(Code::StorageReadOnly, &error),
            StoreError::Io(_) => Self::inside(Code::StorageFailed, &error),
            StoreError::Busy | StoreError::Moved => Self::inside(Code::Busy, &error),
            StoreError::Unavailable(_) => Self::inside(Code::DatabaseUnavailable, &error),
            StoreError::Unconfirmed(_) => Self::inside(Code::Unconfirmed, &error),
            StoreError::NotFound => Self::new(Code::NotFound, "There is no such thing."),
            StoreError::Mismatch(text) => Self::new(Code::BlobMismatch, text.clone()),
            StoreError::Damaged(_) => Self::inside(Code::StorageDamaged, &error),
            StoreError::Taken
            | StoreError::NewerSchema(_)
            | StoreError::OlderSchema(_)
            | StoreError::Locked(_)
            | StoreError::Setting(_)
            | StoreError::Database(_) => Self::inside(Code::Internal, &error),
        }
    }
}

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        let text = error.to_string();
        let gated = |code, gates: Vec<Gate>, (current_version, next_version)| {
            let problems = gates.iter().flat_map(|gate| gate.problems.iter().cloned()).collect();
            let more = More { problems, gates, current_version, next_version, ..More::default() };
            Self { more: Box::new(more), ..Self::new(code, text.clone()) }
        };
        match error {
            ReleaseError::Store(error) => error.into(),
            ReleaseError::Stale { current, next, gates, .. } => {
                gated(Code::StaleSubmission, gates, (Some(current), Some(next)))
            }
            ReleaseError::Refused { gates, .. } => gated(Code::SubmissionRefused, gates, (None, None)),
            ReleaseError::Waiting { gates, .. } => gated(Code::SignaturesMissing, gates, (None, None)),
            ReleaseError::NotASubmission(error) => {
                let problem = Self::new(Code::Malformed, text);
                if error.field.is_empty() { problem } else { problem.at(error.field) }
            }
            ReleaseError::Differs(_) => Self::new(Code::SubmissionChanged, text),
            ReleaseError::Closed { .. } => Self::new(Code::SubmissionClosed, text),
            ReleaseError::Signature(_) | ReleaseError::Malformed(_) => {
                Self::new(Code::SignatureRefused, text)
            }
            ReleaseError::Key(_)
            | ReleaseError::Locked { .. }
            | ReleaseError::Empty
            | ReleaseError::NotEmpty
            | ReleaseError::Untrusted { .. }
            | ReleaseError::Assemble(_)
            | ReleaseError::Author(_)
            | ReleaseError::Install(_) => Self::inside(Code::Internal, &text),
        }
    }
}

/// The blocking pool is gone: the service is ending.
impl From<actix_web::error::BlockingError> for Problem {
    fn from(error: actix_web::error::BlockingError) -> Self {
        Self::inside(Code::Busy, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_every_row_says_what_to_do() {
        let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.word()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            let (word, status, title, remedy) = code.row();
            assert!((400..600).contains(&status), "{word}");
            assert!(!title.ends_with('.') && remedy.ends_with('.'), "{word}");
        }
    }

    #[test]
    fn nothing_of_the_inside_goes_out() {
        let problem = Problem::from(StoreError::ReadOnly("/secret/place".to_owned()));
        let json = String::from_utf8(problem.to_json("r-1")).unwrap();
        assert!(!json.contains("secret") && json.contains("\"request_id\": \"r-1\""), "{json}");
    }
}
