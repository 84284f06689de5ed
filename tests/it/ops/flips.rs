//! One bit flipped in each column of each table, and in each online key: the doctor names it, or the column is one that
//! nothing is decided by.

use std::path::Path;

use diesel::connection::SimpleConnection as _;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use hotfixd::ops::doctor::{Level, Report, examine};
use hotfixd::store::{StoreSettings, TABLES};
use hotfixd::trust::Digest;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::support::copy;
use crate::support::service::{Service, hotfix};

/// The columns that carry nothing that can be checked, and why that does no harm.
const UNCHECKED: &[(&str, &str, &str)] = &[
    ("blobs", "stored_at", "shown nowhere"),
    ("submissions", "updated_at", "only shown"),
    ("submissions", "detail", "only shown: what is open is judged anew whenever it is asked for"),
    ("tokens", "last_used_at", "only shown"),
];

/// The check that looks at a table.
fn check_of(table: &str) -> &str {
    match table {
        "documents" | "roles" => "rows",
        "releases" => "submissions",
        table => table,
    }
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

fn open(data: &Path) -> SqliteConnection {
    let file = data.join("hotfixd.sqlite");
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let off = "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF;";
    connection.batch_execute(off).unwrap();
    connection
}

/// The first and the last row of a column.
fn cells(connection: &mut SqliteConnection, table: &str, column: &str) -> Vec<Cell> {
    let ends = format!("SELECT MIN(rowid) FROM {table} UNION SELECT MAX(rowid) FROM {table}");
    let select = "rowid AS number, typeof({c}) AS kind, CAST({c} AS TEXT) AS value".replace("{c}", column);
    sql_query(format!("SELECT {select} FROM {table} WHERE rowid IN ({ends})")).load(connection).unwrap()
}

/// The value with one bit the other way, as SQL: of a text in its middle, of a number a low and a high one.
fn flipped(cell: &Cell) -> Vec<String> {
    let Some(value) = &cell.value else { return Vec::new() };
    if cell.kind == "integer" {
        let number: i64 = value.parse().unwrap();
        return vec![(number ^ 1).to_string(), (number ^ (1 << 20)).to_string()];
    }
    let mut bytes = value.clone().into_bytes();
    let middle = bytes.len() / 2;
    let Some(at) = (middle..bytes.len()).find(|at| bytes[*at].is_ascii()) else { return Vec::new() };
    bytes[at] ^= 1;
    vec![format!("'{}'", String::from_utf8(bytes).unwrap().replace('\'', "''"))]
}

fn wrong(report: &Report, name: &str) -> Option<String> {
    let check = report.checks.iter().find(|check| check.name == name && check.level == Level::Fail);
    check.map(|check| check.found.clone())
}

#[test]
fn a_bit_that_flipped_in_any_row_is_named() {
    let mut service = Service::demo();
    service.publish(&[hotfix("XS65E970", 1)]);
    service.publish(&[hotfix("XS65E970", 2)]);
    let waiting = service.signed(&[hotfix("XS65E971", 1)]).to_bytes();
    assert_eq!(service.publisher("POST", "/api/v1/submissions", &waiting).status, 201);
    for blob in [&b"one"[..], b"another"] {
        let path = format!("/api/v1/blobs/{}", Digest::of(blob));
        assert_eq!(service.publisher("PUT", &path, blob).status, 201);
    }
    assert!(service.terminate().success());
    let folder = service.folder.path();
    let (data, keys) = (folder.join("data"), folder.join("keys"));
    let look = |data: &Path| examine(&StoreSettings::in_folder(data.to_owned()), &keys, Timestamp::now());
    let report = look(&data);
    assert_eq!(report.level, Level::Ok, "{report:?}");

    let (mut flips, mut missed) = (0, Vec::new());
    let mut good = open(&data);
    for table in TABLES {
        let names = sql_query(format!("SELECT name FROM pragma_table_info('{table}')"));
        let names: Vec<Column> = names.load(&mut good).unwrap();
        for Column { name } in names {
            let checked = !UNCHECKED.iter().any(|(t, c, _)| t == table && *c == name);
            for cell in cells(&mut good, table, &name) {
                for value in flipped(&cell) {
                    let bad = TempDir::new().unwrap();
                    copy(&data, bad.path());
                    let update = format!("UPDATE {table} SET {name} = {value} WHERE rowid = {}", cell.number);
                    match sql_query(&update).execute(&mut open(bad.path())) {
                        // A key that is there already.
                        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => continue,
                        done => assert_eq!(done, Ok(1), "{update}"),
                    }
                    flips += 1;
                    let report = look(bad.path());
                    if wrong(&report, check_of(table)).is_some() != checked {
                        missed.push(format!("{update}: {report:?}"));
                    }
                }
            }
        }
    }
    assert!(flips > 100, "{flips} bits");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_bit_that_flipped_in_an_online_key_is_named() {
    let mut service = Service::demo();
    assert_eq!(service.get("/health/live").status, 200);
    assert!(service.terminate().success());
    let (data, keys) = (service.folder.path().join("data"), service.folder.path().join("keys"));
    let look = || examine(&StoreSettings::in_folder(data.clone()), &keys, Timestamp::now());
    for name in ["snapshot.pem", "timestamp.pem", "holds.pem"] {
        let file = keys.join(name);
        let good = std::fs::read(&file).unwrap();
        for at in (0..good.len()).step_by(11).filter(|at| good[*at] != b'\n') {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&file, &bad).unwrap();
            let report = look();
            assert!(wrong(&report, "online keys").is_some(), "{name}, byte {at}: {report:?}");
        }
        std::fs::write(&file, &good).unwrap();
    }
    assert_eq!(look().level, Level::Ok);
}
