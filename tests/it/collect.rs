//! `hotfix inventory`: what the collectors find on machines of several kinds.

use std::path::Path;

use serde_json::json;

use crate::support::hotfix::{Answer, Host};

/// A machine's root folder with these files.
fn machine(host: &Host, files: &[(&str, &str)]) -> String {
    let root = host.folder.path().join("machine");
    let _ = std::fs::remove_dir_all(&root);
    std::fs::create_dir_all(&root).unwrap();
    for (name, content) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    root.display().to_string()
}

fn collected(host: &Host, root: &str) -> Answer {
    let answer = host.run(&["inventory", "--product", "xenserver", "--root", root]);
    assert_eq!((answer.exit, answer.err.as_str()), (0, ""), "{answer:?}");
    answer
}

const XENSOURCE: &str = "BUILD_NUMBER='90233c'\nPRODUCT_BRAND='XenServer'\nPRODUCT_VERSION='6.5.0'\nINSTALLATION_UUID='a2d8e2ba-5c4c-4e67-a9ee-6e9a2b5dcb7b'\n";

#[test]
fn a_xenserver_host_and_its_hotfixes() {
    let host = Host::new();
    let root = machine(
        &host,
        &[
            ("etc/xensource-inventory", XENSOURCE),
            ("etc/os-release", "ID=centos\nVERSION_ID=5\n"),
            ("var/patch/applied/492ca007-bf7b-454f-8e5c-63a991a52449", "<info/>"),
            ("var/patch/applied/README", "no hotfix"),
            ("var/update/applied/7F2E4A3A-4098-4A71-84FF-B0BA919723C7", "<update/>"),
        ],
    );
    let json = collected(&host, &root).json();
    assert_eq!(
        json,
        json!({
            "schema": "hotfixd/inventory/1",
            "product": "xenserver",
            "version": "6.5.0",
            "build": "90233c",
            "hotfixes": ["492ca007-bf7b-454f-8e5c-63a991a52449", "7f2e4a3a-4098-4a71-84ff-b0ba919723c7"],
        })
    );
}

#[test]
fn what_cannot_be_learnt_is_left_out() {
    let host = Host::new();
    let bare = machine(&host, &[("etc/xensource-inventory", "PRODUCT_VERSION='7.0.0'\n")]);
    let json = collected(&host, &bare).json();
    assert_eq!(json, json!({ "schema": "hotfixd/inventory/1", "product": "xenserver", "version": "7.0.0" }));
    std::fs::create_dir_all(Path::new(&bare).join("var/patch/applied")).unwrap();
    assert_eq!(collected(&host, &bare).json()["hotfixes"], json!([]), "an empty folder says: none");
    let nothing = machine(&host, &[]);
    assert_eq!(
        collected(&host, &nothing).json(),
        json!({ "schema": "hotfixd/inventory/1", "product": "xenserver" })
    );
}

#[test]
fn a_debian_machine_and_its_packages() {
    let status = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b7\nDescription: shell\n Version: 9\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: vim\nStatus: hold ok installed\nVersion: 2:9.0.1378-2\n";
    let host = Host::new();
    let root = machine(
        &host,
        &[("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n"), ("var/lib/dpkg/status", status)],
    );
    let json = collected(&host, &root).json();
    assert_eq!(json["version"], "12");
    assert_eq!(
        json["packages"],
        json!([
            { "name": "bash", "version": "5.2.15", "release": "2+b7", "arch": "amd64", "format": "dpkg" },
            { "name": "vim", "epoch": 2, "version": "9.0.1378", "release": "2", "format": "dpkg" },
        ])
    );
    assert_eq!(json.get("hotfixes"), None);
}

#[test]
fn an_rpm_machine_is_asked_of_rpm() {
    use std::os::unix::fs::PermissionsExt;
    let host = Host::new();
    let script =
        "#!/bin/sh\nprintf 'openssl\\t1\\t1.0.2k\\t16.el7\\tx86_64\\ngpg-pubkey\\t0\\ta\\tb\\t(none)\\n'\n";
    let root = machine(&host, &[("etc/os-release", "ID=xenserver\n"), ("usr/bin/rpm", script)]);
    let program = Path::new(&root).join("usr/bin/rpm");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        collected(&host, &root).json()["packages"],
        json!([
            { "name": "openssl", "epoch": 1, "version": "1.0.2k", "release": "16.el7", "arch": "x86_64", "format": "rpm" }
        ])
    );
    std::fs::write(&program, "#!/bin/sh\nexit 3\n").unwrap();
    let answer = host.run(&["inventory", "--product", "xenserver", "--root", &root]);
    assert_eq!(answer.exit, 1, "{answer:?}");
    assert!(answer.err.contains("usr/bin/rpm: ended with exit status: 3"), "{answer:?}");
}

#[test]
fn this_very_machine_can_be_collected_and_checked() {
    let host = Host::new();
    let answer = host.run(&["inventory", "--product", "xenserver"]);
    assert_eq!(answer.exit, 0, "{answer:?}");
    let source = hotfixd::model::Source::from_json("out", answer.out.as_bytes()).unwrap();
    let inventory = hotfixd::model::Inventory::decode(&source).unwrap();
    assert!(inventory.unknown_fields.is_empty());
}

#[test]
fn the_product_has_to_come_from_somewhere() {
    let host = Host::new();
    let root = machine(&host, &[("etc/xensource-inventory", XENSOURCE)]);
    let answer = host.run(&["inventory", "--root", &root]);
    assert_eq!(answer.exit, 1);
    assert!(answer.err.contains("--product"), "{answer:?}");
}
