//! Every row, on one page: what is measured, against what, and what is to be reached.

use crate::report::Goal::{AtMost, None as NoGoal};
use crate::report::Unit::{Bytes, Kib, Mb, Ratio, Requests, Seconds};
use crate::report::{Goal, Spec, Unit};

const fn row(
    id: &'static str,
    (what, baseline): (&'static str, &'static str),
    unit: Unit,
    goal: Goal,
    seen: &'static str,
) -> Spec {
    Spec { id, what, baseline, unit, goal, seen }
}

/// The rows, in the order of the table.
pub(crate) const ROWS: &[Spec] = &[
    // Trust.
    row(
        "trust/cold-flat",
        ("cold refresh, 10,000 targets in one role", "python-tuf ngclient, same files, same server"),
        Ratio,
        AtMost(1.0 / 15.0),
        "1/13",
    ),
    row(
        "trust/cold-publishers",
        (
            "cold refresh, 50 publishers of 200 targets, one look-up",
            "python-tuf ngclient, same files, same server",
        ),
        Ratio,
        AtMost(1.0 / 40.0),
        "1/40",
    ),
    row(
        "trust/verify-role",
        ("reading and verifying a role of 10,000 targets", "its SHA-256 and one signature check"),
        Ratio,
        AtMost(8.0),
        "",
    ),
    row("trust/poll-unchanged-requests", ("a poll when nothing changed", ""), Requests, AtMost(2.0), "2"),
    row("trust/poll-unchanged-bytes", ("the same, both ways in all", ""), Bytes, AtMost(800.0), "752 B"),
    row(
        "trust/poll-changed-bytes",
        ("a poll after one hotfix and one advisory came into XenServer's catalogue", ""),
        Bytes,
        AtMost(4_000.0),
        "2.7 KB with a delta, 35 without",
    ),
    row(
        "trust/first-release-requests",
        ("the first check of a host of XenServer 6.5", ""),
        Requests,
        AtMost(8.0),
        "",
    ),
    row("trust/first-release-bytes", ("the same, both ways in all", ""), Bytes, AtMost(50_000.0), "43 KB"),
    row(
        "trust/first-all-bytes",
        ("the first check of a host that wants everything of XenServer", ""),
        Bytes,
        AtMost(90_000.0),
        "85 KB",
    ),
    // Serving.
    row(
        "serving/poll-304",
        ("GET /tuf/metadata/timestamp.json, unchanged", "nginx's 304"),
        Ratio,
        AtMost(1.25),
        "1.06",
    ),
    row(
        "serving/metadata-1k",
        ("a metadata file of about 1 KiB", "nginx, the same bytes"),
        Ratio,
        AtMost(1.0),
        "0.81",
    ),
    row(
        "serving/metadata-16k",
        ("a metadata file of about 16 KiB", "nginx, the same bytes"),
        Ratio,
        AtMost(1.0),
        "0.97",
    ),
    row(
        "serving/assess-new",
        ("POST /api/v1/assess, 4 KB, an inventory never seen", "nginx's 304"),
        Ratio,
        AtMost(4.5),
        "4.1",
    ),
    row(
        "serving/assess-seen",
        ("POST /api/v1/assess, 4 KB, the same inventory again", "nginx's 304"),
        Ratio,
        AtMost(2.0),
        "1.7",
    ),
    row("serving/idle", ("memory of an idle keep-alive connection", ""), Kib, AtMost(12.0), "10.3"),
    row(
        "serving/page-rendered",
        ("an advisory's page, 10,000 advisories known, rendered", "nginx, a file of that size"),
        Ratio,
        AtMost(30.0),
        "",
    ),
    row("serving/page-cached", ("the same page again", "nginx, a file of that size"), Ratio, AtMost(1.5), ""),
    // Size and start.
    row("size/hotfix", ("hotfix, stripped", ""), Mb, AtMost(5.0), ""),
    row(
        "size/hotfix-check-rss",
        ("hotfix check --offline of XenServer's catalogue", ""),
        Mb,
        AtMost(6.0),
        "",
    ),
    row("size/agent-rss", ("hotfix agent, waiting", ""), Mb, AtMost(8.0), ""),
    row("size/hotfixd", ("hotfixd, stripped", ""), Mb, AtMost(20.0), ""),
    row("size/hotfixd-rss", ("hotfixd with XenServer's catalogue loaded", ""), Mb, AtMost(40.0), ""),
    row("size/ready", ("hotfixd from exec to ready, XenServer's catalogue", ""), Seconds, AtMost(1.0), ""),
    row("size/ready-100k", ("hotfixd from exec to ready, 100,000 hotfixes", ""), Seconds, AtMost(3.0), ""),
    // Assessment.
    row(
        "assessment/warm-600",
        ("assess and write the answer, 600 hotfixes of 10 releases", "one strict Ed25519 check"),
        Ratio,
        AtMost(0.3),
        "0.22",
    ),
    row(
        "assessment/warm-100k",
        ("the same, 100,000 of 10,000, per candidate", "its own 600 of 10, per candidate"),
        Ratio,
        AtMost(3.0),
        "4.5",
    ),
    row(
        "assessment/index-time",
        ("making the index of 100,000 hotfixes, per hotfix", "that of 10,000, per hotfix"),
        Ratio,
        AtMost(1.5),
        "1.6",
    ),
    row("assessment/index-memory", ("memory of that index, per hotfix", ""), Kib, AtMost(0.5), "0.48"),
    row(
        "assessment/check-cpu",
        (
            "hotfix check --offline of XenServer's catalogue, cold",
            "dnf updateinfo list, the same facts, warm cache",
        ),
        Ratio,
        AtMost(1.0 / 40.0),
        "1/30",
    ),
    row("assessment/check-rss", ("the same, memory", "the same"), Ratio, AtMost(1.0 / 12.0), "1/15"),
    row(
        "assessment/check-100k-cpu",
        (
            "hotfix check --offline, 100,000 hotfixes of 1,000 releases",
            "dnf updateinfo list, the same facts, warm cache",
        ),
        Ratio,
        AtMost(1.0 / 300.0),
        "1/174",
    ),
    row("assessment/check-100k-rss", ("the same, memory", "the same"), Ratio, AtMost(1.0 / 20.0), "1/28"),
    row(
        "assessment/check-10k-cpu",
        (
            "hotfix check --offline, 10,000 hotfixes of 100 releases",
            "dnf updateinfo list, the same facts, warm cache",
        ),
        Ratio,
        NoGoal,
        "",
    ),
    row("assessment/check-10k-rss", ("the same, memory", "the same"), Ratio, NoGoal, ""),
    row(
        "assessment/check-raw",
        (
            "hotfix check --offline of XenServer's catalogue, cold",
            "its signatures checked, each byte hashed and parsed once",
        ),
        Ratio,
        AtMost(2.0),
        "1.7 to 2.1",
    ),
    row(
        "assessment/plan",
        (
            "assess and plan for a bare host of every XenServer release",
            "the same hosts with the plans carried out",
        ),
        Ratio,
        AtMost(20.0),
        "",
    ),
];
