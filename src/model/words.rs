//! The closed vocabularies of the documents. A word that a host does not know yet is kept as `Other`: a
//! later version of the service may have given it a meaning, so nothing is concluded from it.

/// Defines an enum of words, `Other` among them, with the published spelling of each.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word that is not known here.
            Other(String),
        }

        impl $name {
            /// Every word that is known.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The published word.
            #[must_use]
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}

words! {
    /// How serious an advisory is, worst first.
    Severity {
        /// Act now.
        Critical = "critical",
        /// Act soon.
        High = "high",
        /// Plan to act.
        Medium = "medium",
        /// Act when convenient.
        Low = "low",
        /// No harm.
        None = "none",
        /// Nobody said.
        Unknown = "unknown",
    }
}

words! {
    /// What an advisory is about.
    Category {
        /// An attacker can do harm.
        Security = "security",
        /// Data can be lost or corrupted.
        DataLoss = "data-loss",
        /// Things stop or hang.
        Stability = "stability",
        /// Things are slow.
        Performance = "performance",
        /// Things work otherwise than they should.
        Functional = "functional",
    }
}

words! {
    /// The status of a cell of an advisory's matrix, in CSAF's words.
    CellStatus {
        /// Hosts of the release are affected, under the cell's condition.
        KnownAffected = "known_affected",
        /// They are not.
        KnownNotAffected = "known_not_affected",
        /// The release has the fix.
        Fixed = "fixed",
        /// Nobody knows yet.
        UnderInvestigation = "under_investigation",
    }
}

words! {
    /// What a dated note in an advisory's timeline says.
    TimelineEvent {
        /// Somebody reported it.
        Reported = "reported",
        /// It is being looked into.
        UnderInvestigation = "under-investigation",
        /// A fix is under test.
        FixUnderTest = "fix-under-test",
        /// A fix is out.
        Fixed = "fixed",
        /// The advisory or a fix was taken back.
        Withdrawn = "withdrawn",
        /// Anything else.
        Note = "note",
    }
}

words! {
    /// What can be expected where there is no fix.
    RemediationKind {
        /// A fix is planned.
        FixPlanned = "fix_planned",
        /// There is none.
        NoneAvailable = "none_available",
        /// There will be none.
        NoFixPlanned = "no_fix_planned",
    }
}

words! {
    /// What kind of thing a hotfix is.
    HotfixKind {
        /// A single hotfix.
        Hotfix = "hotfix",
        /// A service pack.
        ServicePack = "service-pack",
        /// A cumulative update.
        CumulativeUpdate = "cumulative-update",
        /// A patch of what runs, without a restart.
        LivePatch = "live-patch",
    }
}

words! {
    /// How stable a release or a hotfix is, most stable first. A host sees its own channel and those more
    /// stable.
    Channel {
        /// For everybody.
        Release = "release",
        /// Nearly ready.
        Beta = "beta",
        /// Early.
        Alpha = "alpha",
        /// Built last night.
        Nightly = "nightly",
    }
}

words! {
    /// What is to be done after installing, in XAPI's words, the heaviest first.
    Action {
        /// Restart the host.
        RebootHost = "RebootHost",
        /// Restart the host if the live patch fails.
        RebootHostOnLivePatchFailure = "RebootHostOnLivePatchFailure",
        /// Restart the host if the kernel's live patch fails.
        RebootHostOnKernelLivePatchFailure = "RebootHostOnKernelLivePatchFailure",
        /// Restart the host if Xen's live patch fails.
        RebootHostOnXenLivePatchFailure = "RebootHostOnXenLivePatchFailure",
        /// Move every virtual machine away.
        EvacuateHost = "EvacuateHost",
        /// Restart the toolstack.
        RestartToolstack = "RestartToolstack",
        /// Restart the device models.
        RestartDeviceModel = "RestartDeviceModel",
        /// Restart the virtual machines.
        RestartVm = "RestartVM",
    }
}

words! {
    /// How strongly an action is asked for, strongest first.
    GuidanceLevel {
        /// Before anything else.
        Mandatory = "mandatory",
        /// Soon.
        Recommended = "recommended",
        /// For all of the hotfix's effect.
        Full = "full",
        /// Where the live patch is used.
        Livepatch = "livepatch",
    }
}

words! {
    /// The type of a fact.
    FactType {
        /// A 64-bit integer.
        Integer = "integer",
        /// True or false.
        Boolean = "boolean",
        /// A string.
        Text = "string",
        /// A list of strings.
        Texts = "strings",
    }
}

words! {
    /// The format of a package and the rule that orders its versions.
    PackageFormat {
        /// RPM: epoch:version-release.
        Rpm = "rpm",
        /// Debian: epoch:upstream-revision.
        Dpkg = "dpkg",
    }
}

words! {
    /// Whether a release still takes incident reports.
    Incidents {
        /// It does.
        Open = "open",
        /// It does no longer.
        Retired = "retired",
    }
}

impl Action {
    /// Whether carrying out this action carries out the other as well (both at one level). A word that
    /// is not known counts as [`Action::RebootHost`].
    #[must_use]
    pub fn absorbs(&self, other: &Self) -> bool {
        match self {
            Self::RebootHost | Self::Other(_) => {
                matches!(other, Self::EvacuateHost | Self::RestartToolstack | Self::RestartDeviceModel)
            }
            Self::EvacuateHost | Self::RestartVm => *other == Self::RestartDeviceModel,
            Self::RebootHostOnLivePatchFailure
            | Self::RebootHostOnKernelLivePatchFailure
            | Self::RebootHostOnXenLivePatchFailure
            | Self::RestartToolstack
            | Self::RestartDeviceModel => false,
        }
    }

    /// The action that a word of the old update feed means, where it is one.
    #[must_use]
    pub fn from_old_feed(word: &str) -> Option<Self> {
        Some(match word {
            "restartHost" => Self::RebootHost,
            "restartXAPI" => Self::RestartToolstack,
            "restartHVM" | "restartPV" => Self::RestartVm,
            _ => return None,
        })
    }
}
