//! What `hotfixd demo` shows by itself: the whole history, the made-up appliance with its files, and a hotfix
//! that waits for a second signature. By the real binaries.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hotfixd::trust::{Digest, Targets};
use tempfile::TempDir;

use crate::support::hotfix::{Answer, Host, answer};
use crate::support::service::{Service, Start, hotfix};

const WAITING: &str = "EXA-13-004";

/// The current role of a product.
fn role(service: &Service, product: &str) -> Targets {
    let version = service.snapshot().meta[product].version;
    service.metadata(&format!("{version}.{product}.json")).0
}

/// How many advisories, hotfixes and files a role lists.
fn counts(role: &Targets) -> [usize; 3] {
    ["/advisory/", "/hotfix/", "/payload/"]
        .map(|part| role.targets.keys().filter(|path| path.as_str().contains(part)).count())
}

fn versions(service: &Service) -> Vec<(String, u64)> {
    let meta = service.snapshot().meta;
    meta.into_iter().map(|(role, meta)| (role, meta.version)).collect()
}

/// A publisher who types a command.
fn publisher(service: &Service, arguments: &[&str]) -> Answer {
    let host = Host::new();
    let mut command = host.command(arguments);
    command.env("HOTFIX_SERVER", &service.url).env("HOTFIX_TOKEN", service.token());
    answer(command.output().unwrap())
}

/// The submissions that wait for signatures, by id.
fn waiting(service: &Service) -> Vec<String> {
    let list = publisher(service, &["status"]);
    assert_eq!(list.exit, 0, "{list:?}");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines = list.out.lines().map(words).filter(|words| words[1] == "waiting");
    lines.map(|words| words[0].clone()).collect()
}

/// What a demo on a folder shows once it is ready, whatever happened before.
fn shows_everything(service: &Service) {
    assert_eq!(service.get("/health/ready").json()["status"], "ready");
    assert_eq!(counts(&role(service, "xenserver")), [44, 541, 0]);
    assert_eq!(counts(&role(service, "xenserver-cc")), [31, 47, 0]);
    assert_eq!(counts(&role(service, "example-appliance")), [3, 9, 9]);
    assert_eq!(waiting(service).len(), 1, "{}", service.log());
}

#[test]
fn everything_is_there_and_stays_as_it_is() {
    let mut service = Service::whole();
    shows_everything(&service);
    for page in ["/advisories/XS65-TRIM", "/advisories/xenserver-cc/CTX201078", "/hotfixes/EXA-12-CU1"] {
        assert_eq!(service.get(page).status, 200, "{page}");
    }
    let product = service.get("/api/v1/products/xenserver").json();
    assert!(product["releases"].as_array().unwrap().len() >= 15);

    // Every file has the bytes that are signed, and was uploaded before anybody could ask for it.
    let appliance = role(&service, "example-appliance");
    for (path, file) in appliance.targets.iter().filter(|(path, _)| path.as_str().contains("/payload/")) {
        let reply = service.get(&format!("/tuf/targets/{}", path.file(&file.sha256, true)));
        assert_eq!((reply.status, reply.body.len() as u64), (200, file.length), "{path}");
        assert_eq!(Digest::of(&reply.body), file.sha256, "{path}");
    }

    // The next start finds nothing to do.
    let (before, waits) = (versions(&service), waiting(&service));
    assert!(service.terminate().success());
    let service = Start::on(Arc::clone(&service.folder)).with("samples", "all").up();
    assert_eq!((versions(&service), waiting(&service)), (before, waits));
}

#[test]
fn what_waits_can_be_cosigned_and_released_as_the_banner_says() {
    let service = Service::whole();
    let host = Host::of(&service.url);
    let inventory = r#"{"schema": "hotfixd/inventory/1", "product": "example-appliance", "version": "13.0",
        "build": "1300", "hotfixes": []}"#;
    let told = |host: &Host| host.check(inventory, &[]).json()["assessment"]["hotfixes"].to_string();
    assert!(told(&host).contains("EXA-13-002") && !told(&host).contains(WAITING));

    let id = waiting(&service).remove(0);
    let key = format!("{}/keys/publisher-example-appliance-2.pem", service.folder.path().display());
    for command in [format!("hotfix cosign {id} --key {key}"), format!("hotfix release {id}")] {
        assert!(service.log().contains(&command), "the banner does not say {command}");
    }
    let status = publisher(&service, &["status", &id]);
    assert!(status.out.contains("1 of the 2 signatures that are needed, from 3 keys"), "{status:?}");
    let early = publisher(&service, &["release", &id, "--yes"]);
    assert!(early.exit == 1 && early.err.contains("signature"), "{early:?}");
    let first = key.replace("-2.pem", ".pem");
    let again = publisher(&service, &["cosign", &id, "--key", &first, "--yes"]);
    assert_eq!(
        waiting(&service),
        std::slice::from_ref(&id),
        "the same key again is no second signature: {again:?}"
    );
    let signed = publisher(&service, &["cosign", &id, "--key", &key, "--yes", "--json"]);
    assert_eq!((signed.exit, signed.json()["state"].as_str()), (0, Some("ready")), "{signed:?}");
    let released = publisher(&service, &["release", &id, "--yes"]);
    assert_eq!(released.exit, 0, "{released:?}");
    assert!(told(&host).contains(WAITING));
    assert_eq!(counts(&role(&service, "example-appliance")), [3, 10, 10]);

    // Then nothing waits any more, and nothing is said of it.
    let service = Start::on(service.kill()).with("samples", "all").up();
    assert_eq!(waiting(&service), Vec::<String>::new());
    assert!(!service.log().contains("cosign"), "{}", service.log());
}

#[test]
fn lint_is_clean_on_every_sample() {
    for product in ["first-light", "xenserver", "xenserver-cc", "example-appliance"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(product);
        let lint = Host::new().run(&["lint", &folder.display().to_string()]);
        assert_eq!(lint.exit, 0, "{product}: {lint:?}");
    }
}

#[test]
fn a_folder_of_an_earlier_demo_is_carried_on() {
    // An earlier demo knew the few documents of first light, and no other publisher.
    let mut service = Service::demo();
    assert_eq!(counts(&role(&service, "xenserver")), [1, 2, 0]);
    assert!(!service.snapshot().meta.contains_key("example-appliance"));
    let host = Host::of(&service.url);
    // What its user published meanwhile stays: a hotfix of their own, and one that history has too.
    service.publish(&[hotfix("XS65E999", 1), hotfix("XS65E011", 1)]);
    let own = service.get("/api/v1/hotfixes/xenserver/XS65E011").body;
    assert!(service.terminate().success());

    let service = Start::on(Arc::clone(&service.folder)).with("samples", "all").up();
    assert_eq!(service.snapshot().meta["xenserver"].version, 3);
    assert_eq!(service.snapshot().meta["targets"].version, 2);
    assert_eq!(counts(&role(&service, "xenserver")), [44, 542, 0]);
    assert_eq!(counts(&role(&service, "xenserver-cc")), [31, 47, 0]);
    assert_eq!(counts(&role(&service, "example-appliance")), [3, 9, 9]);
    assert_eq!(service.get("/api/v1/hotfixes/xenserver/XS65E011").body, own);
    assert_eq!(service.get("/hotfixes/XS65E999").status, 200);
    assert_eq!(service.get("/api/v1/products/xenserver").json()["revision"], 2);
    assert_eq!(waiting(&service).len(), 1);

    // A host that pinned the root then goes on without help.
    let settings = host.state().join("server.json");
    let text = std::fs::read_to_string(&settings).unwrap();
    let old = text.split('"').find(|part| part.starts_with("http://")).unwrap();
    std::fs::write(&settings, text.replace(old, &service.url)).unwrap();
    let check = host.check(
        r#"{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "7.2.0", "hotfixes": []}"#,
        &[],
    );
    assert_eq!(check.json()["trust"]["state"], "fresh", "{check:?}");
    assert_eq!(check.json()["assessment"]["release"]["id"], "7.2");
}

#[test]
fn what_the_samples_do_not_go_with_stays_and_is_told() {
    let mut service = Service::demo();
    // History's XS65E001 has this UUID.
    let text = format!(
        "uuid = \"{}\"\n{}",
        "TAKEN",
        "schema = \"hotfixd/hotfix/1\"\nid = \"MINE\"\nrevision = 1\nproduct = \"xenserver\"\nkind = \"hotfix\"\n\
         title = \"Mine\"\nreleases = [\"6.5\"]\nfixes = []\nrequires = []\nsupersedes = []\nconflicts = []\n\
         guidance = []\n"
    );
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/xenserver/hotfixes/XS65E001.toml");
    let kept = std::fs::read_to_string(kept).unwrap();
    let uuid = kept.lines().find_map(|line| line.strip_prefix("uuid = \"")?.strip_suffix('"')).unwrap();
    let mine = hotfixd::model::Source::from_toml("MINE.toml", &text.replace("TAKEN", uuid)).unwrap();
    service.publish(&[mine]);
    assert!(service.terminate().success());
    let service = Start::on(Arc::clone(&service.folder)).with("samples", "all").up();
    assert_eq!(service.snapshot().meta["xenserver"].version, 2);
    assert_eq!(service.snapshot().meta["example-appliance"].version, 1);
    assert!(service.log().contains("is taken by MINE"), "{}", service.log());
}

#[test]
fn roles_near_their_end_are_signed_anew_by_as_many_as_must() {
    let mut service = Service::whole();
    let before = waiting(&service);
    assert!(service.terminate().success());
    let later = Start::on(Arc::clone(&service.folder));
    let service = later.with("samples", "all").with("clock_offset_seconds", 75 * 86_400).up();
    shows_everything(&service);
    for product in ["xenserver", "xenserver-cc", "example-appliance"] {
        assert_eq!(service.snapshot().meta[product].version, 2, "{product}");
    }
    // What waited was built on the version before: it is handed in again.
    let after = waiting(&service);
    assert_ne!(before, after);
    let key = format!("{}/keys/publisher-example-appliance-3.pem", service.folder.path().display());
    let signed = publisher(&service, &["cosign", &after[0], "--key", &key, "--yes", "--json"]);
    assert_eq!(signed.json()["state"], "ready", "{signed:?}");
}

#[test]
fn killed_anywhere_the_next_start_carries_on() {
    const STEP: u64 = 13;
    let (next, deaths) = (AtomicU64::new(3), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(STEP, Ordering::Relaxed);
                    let folder = Arc::new(TempDir::new().unwrap());
                    let start = || Start::on(Arc::clone(&folder)).with("samples", "all");
                    match start().with("crash_at", at).try_up() {
                        Ok(_) => return,
                        Err((status, log)) => assert_eq!(status.code(), None, "point {at}: {log}"),
                    }
                    deaths.fetch_add(1, Ordering::Relaxed);
                    shows_everything(&start().up());
                }
            });
        }
    });
    let deaths = deaths.into_inner();
    assert!(deaths > 5, "only {deaths} points were found");
}
