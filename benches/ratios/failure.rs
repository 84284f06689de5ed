//! Why something was not measured.

/// Why something was not measured.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// Something that it takes is not here: the rows are skipped, and this says what to do.
    Missing(String),
    /// It went wrong.
    Failed(String),
}

/// What may be measured, or not.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// Something went wrong.
    pub(crate) fn new(text: impl std::fmt::Display) -> Self {
        Self::Failed(text.to_string())
    }

    /// Something is not here.
    pub(crate) fn missing(text: impl std::fmt::Display) -> Self {
        Self::Missing(text.to_string())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Missing(why) | Self::Failed(why)) = self;
        f.write_str(why)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Says at what an error happened.
pub(crate) trait At<T> {
    /// The same, with the place in front.
    fn at(self, place: impl std::fmt::Display) -> Result<T>;
}

impl<T, E: std::fmt::Display> At<T> for std::result::Result<T, E> {
    fn at(self, place: impl std::fmt::Display) -> Result<T> {
        self.map_err(|error| Failure::Failed(format!("{place}: {error}")))
    }
}

impl<T> At<T> for Option<T> {
    fn at(self, place: impl std::fmt::Display) -> Result<T> {
        self.ok_or_else(|| Failure::Failed(format!("{place}: nothing")))
    }
}
